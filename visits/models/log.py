import datetime as dt
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.choices import Channel
from customers.models import Contact, Customer
from customers.permissions import lent_to, sees_contacts
from customers.sight import customer_of
from staff.permissions import is_finance, people_in_sight
from visits import permissions

# Of so many people the customers are looked up before their logs are walked (measured at 10,000,000 logs).
TEAM = 20
# What a row of the list shows.
LISTED = (
    "at", "on", "channel", "outcome", "satisfaction", "note", "next_on", "customer__name", "customer__owner",
    "by__name",
)  # fmt: skip


class CallLogQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the logs of customers in sight or lent, and those that people in sight wrote; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        if people is None:
            return self
        seen, lent = models.Q(by__in=people) | customer_of(people, few=TEAM), lent_to(user)
        return self.filter(seen | models.Q(customer__in=lent) if lent else seen)

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
        # What is said by a message waits for no answer: it is contact, but nobody was reached.
        SENT = "sent", _("sent")

    # Indexes below begin with the customer and with the person; by its script no log is ever looked for.
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="logs", db_index=False)
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="logs", verbose_name=_("with whom")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="logs", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    on = models.DateField(default=timezone.localdate)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PHONE)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    note = models.TextField(_("what they said"), blank=True)
    next_on = models.DateField(_("next contact"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    corrected_at = models.DateTimeField(null=True, editable=False)
    script = models.ForeignKey(
        "visits.ScriptVersion", models.PROTECT, null=True, blank=True, related_name="logs", db_index=False
    )
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
            # Coverage, and who is not satisfied, are looked up in these alone.
            models.Index(fields=("customer", "on"), condition=models.Q(outcome="reached"), name="log_reached"),
            models.Index(fields=("on", "customer"), condition=models.Q(satisfaction__lte=2), name="log_low"),
        )

    def __str__(self):
        return f"{self.customer_id} {self.at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("visits:detail", args=[self.pk])

    @property
    def stars(self):
        return "★" * (self.satisfaction or 0)

    @property
    def is_correctable(self):
        """Within a day of writing it (policy 5.6)."""
        return timezone.now() < self.created_at + dt.timedelta(hours=permissions.CORRECTABLE_HOURS)

    def may_be_read_by(self, user):
        """Whoever may read the customer's contacts may read what they said; in the pool nobody (policy 4.5)."""
        return sees_contacts(user, self.customer)


class LogAddition(models.Model):
    """What was added to a log after its day of correction; never changed (policy 5.6)."""

    log = models.ForeignKey(CallLog, models.CASCADE, related_name="additions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(_("what is to be added"))

    class Meta:
        ordering = ("at", "id")

    def __str__(self):
        return f"{self.log_id} {self.at:%Y-%m-%d}"


class LogPicture(models.Model):
    """A picture from a visit: decoded and encoded anew as JPEG, so that it holds pixels and nothing else."""

    log = models.ForeignKey(CallLog, models.CASCADE, related_name="pictures")
    content = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)

    def __str__(self):
        return f"{self.log_id} {self.width}×{self.height}"
