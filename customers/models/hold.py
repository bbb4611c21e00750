from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Hold(models.Model):
    """A reason why a customer does not return to the pool for now (policy 4; an open plan or complaint).

    The room that knows the reason places and lifts it through `customers.holds`; `source` is the id of its record.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("maintenance plan")
        COMPLAINT = "complaint", _("complaint")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("since", "id")
        constraints = (models.UniqueConstraint(fields=("customer", "kind", "source"), name="hold_once"),)
        indexes = (models.Index(fields=("kind", "source"), name="hold_source"),)

    def __str__(self):
        return f"{self.customer_id}: {self.reason}"
