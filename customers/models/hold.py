from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _


class Hold(models.Model):
    """A reason why a customer does not return to the pool for now (policy 4); see `customers.ownership.holds`.

    With `until`, a business date, it lasts to the end of that day; without, until it is lifted: an open complaint, a
    plan on its way. `source` is the id of the record that holds. An empty reason is that a return was undone.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("maintenance plan")
        COMPLAINT = "complaint", _("complaint")
        EXTENSION = "extension", _("extension")
        LOCK = "lock", _("lock")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateField(_("until"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("since", "id")
        constraints = (
            models.UniqueConstraint(fields=("customer", "kind", "source"), name="hold_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("plan", "complaint"), until__isnull=True)
                | Q(kind__in=("extension", "lock"), until__isnull=False),
                name="hold_ends_by_day_or_by_hand",
            ),
        )
        indexes = (models.Index(fields=("kind", "source"), name="hold_source"),)

    def __str__(self):
        return f"{self.customer_id}: {self.reason}"

    @property
    def why(self) -> str:
        """The reason in somebody's words, or in the reader's language."""
        return self.reason or _t("return undone")
