import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.choices import Channel
from customers.models import Contact, Customer
from customers.permissions import sees_contacts
from customers.sight import customer_of
from staff.permissions import is_finance, people_in_sight

# What a row of the list shows.
LISTED = (
    "at", "on", "channel", "outcome", "satisfaction", "note", "next_on", "customer__name", "customer__owner",
    "by__name",
)  # fmt: skip


class CallLogQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the logs of customers in sight and those that people in sight wrote; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        if people is None:
            return self
        return self.filter(models.Q(by__in=people) | customer_of(people))

    def for_list(self):
        return self.select_related("customer", "by").only(*LISTED)


class CallLog(models.Model):
    """One contact with a customer: when, how, with whom, what was said, what comes next (policy 5.8)."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("reached")
        NO_ANSWER = "no_answer", _("no answer")
        BUSY = "busy", _("busy")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        REFUSED = "refused", _("refused")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="logs")
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="logs", verbose_name=_("with whom")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="logs")
    at = models.DateTimeField(default=timezone.now)
    on = models.DateField(default=timezone.localdate)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PHONE)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    note = models.TextField(_("what they said"), blank=True)
    next_on = models.DateField(_("next contact"), null=True, blank=True)
    # Sent with the form: a double click or a repeated send is the same log.
    token = models.UUIDField(default=uuid.uuid4, unique=True)

    objects = CallLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("call log")
        verbose_name_plural = _("call logs")
        ordering = ("-at",)
        indexes = (
            models.Index(fields=("by", "on"), name="log_by_day"),
            models.Index(fields=("customer", "-at"), name="log_customer"),
            models.Index(fields=("on", "by"), name="log_day"),
            models.Index(fields=("at", "id"), name="log_by_time"),
        )

    def __str__(self):
        return f"{self.customer_id} {self.at:%Y-%m-%d}"

    @property
    def stars(self):
        return "★" * (self.satisfaction or 0)

    def may_be_read_by(self, user):
        """Whoever may read the customer's contacts may read what they said; in the pool nobody (policy 4.5)."""
        return sees_contacts(user, self.customer)
