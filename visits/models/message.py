import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers.models import Activity, Contact, Customer
from customers.permissions import sees_contacts
from customers.sight import customer_of
from staff.permissions import is_finance, people_in_sight
from visits import permissions
from visits.models.log import CallLog


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the messages to customers in sight and those that people in sight wrote; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(Q(by__in=people) | customer_of(people))

    def due(self):
        """Return those that wait and whose time has come."""
        return self.filter(status=Message.Status.WAITING, send_after__lte=timezone.now())

    def for_list(self):
        return self.select_related("customer", "contact", "by")


class Message(Tracked):
    """A short text to a contact (policy 5.10): kept first, sent by a task once its time has come, logged as contact.

    `visits.messages` holds its verbs.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        MESSAGE = "message", _("text message")
        WECHAT = "wechat", _("WeChat")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    # Why nothing was sent, where it was not the channel's fault.
    MOVED, REMOVED = "=moved", "=removed"
    REASONS = {
        MOVED: _("The customer was no longer the writer's: nothing was sent."),
        REMOVED: _("The contact was removed: nothing was sent."),
    }

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="messages")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="messages")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    # Where it goes, as it stood when the message was written.
    address = models.CharField(max_length=254)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING, editable=False)
    send_after = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, editable=False)
    log = models.OneToOneField(CallLog, models.SET_NULL, null=True, related_name="message")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Of the form that asked for it: the same form sent twice is the same messages.
    token = models.UUIDField(default=uuid.uuid4)

    objects = MessageQuerySet.as_manager()

    MOVES = {"retry": Move(frozenset({Status.FAILED}), Status.WAITING, permissions.may_write_for)}

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("token", "customer"), name="message_once_a_form"),)
        indexes = (models.Index(fields=("send_after",), condition=Q(status="waiting"), name="message_waiting"),)

    def __str__(self):
        return f"{self.customer_id} {self.channel}"

    @property
    def key(self) -> str:
        """The same at every attempt, so that a gateway or a mail program can tell a repetition."""
        return f"{self.token}-{self.customer_id}"

    @property
    def log_token(self) -> uuid.UUID:
        """The token of the one log that this message can have."""
        return uuid.uuid5(self.token, str(self.customer_id))

    @property
    def error_text(self) -> str:
        return str(self.REASONS.get(self.error, self.error))

    def may_be_read_by(self, user):
        """Like what was said in a call (see `CallLog.may_be_read_by`)."""
        return sees_contacts(user, self.customer)

    def activity(self, verb, *, by):
        data = {"did": verb, "channel": self.channel}
        return Activity(customer=self.customer, verb=Activity.Verb.MESSAGE, by=by, data=data)

    def too_late(self, verb):
        return _t("This message is sent, or waits to be sent, already.")
