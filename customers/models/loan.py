from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LoanQuerySet(models.QuerySet):
    def running(self):
        """Return the loans that last until today at least."""
        return self.filter(until__gte=timezone.localdate()).order_by()


class Loan(models.Model):
    """An owned customer that somebody else works with up to and including the business date `until` (policy 1.8).

    Whoever borrows it reads its contacts and logs what was said; it stays its owner's. `customers.loans` writes it;
    the way into the pool ends it.
    """

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="loans")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="loans")
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=120)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering = ("until", "id")
        constraints = (models.UniqueConstraint(fields=("customer", "person"), name="loan_once"),)
        indexes = (models.Index(fields=("person", "until"), include=("customer",), name="loan_of_person"),)

    def __str__(self):
        return f"{self.customer_id}: {self.person_id} {self.until}"
