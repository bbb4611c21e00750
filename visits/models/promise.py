from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers.models import Activity, Customer
from staff.models import User
from staff.permissions import is_finance, people_in_sight
from visits import permissions
from visits.models.log import CallLog


class PromiseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the promises that people in sight stand for; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(owner__in=people)

    def open(self):
        return self.filter(status=Promise.Status.OPEN)

    def late(self):
        return self.open().filter(due_on__lt=timezone.localdate())

    def kept(self):
        return self.filter(status=Promise.Status.KEPT)

    def for_list(self):
        return self.select_related("customer", "owner", "made_by")


class Promise(Tracked):
    """What was promised to a customer and by when: somebody stands for it until it is kept (policy 1.7).

    It is renegotiated with the customer, which says why, or handed on to a named person. `follows` the customer to its
    next owner unless it was handed to somebody by name. `first_due_on` is the day first promised.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="promises")
    log = models.ForeignKey(CallLog, models.SET_NULL, null=True, related_name="promises")
    text = models.CharField(_("promise"), max_length=300)
    due_on = models.DateField(_("by"))
    first_due_on = models.DateField(editable=False)
    renegotiated = models.PositiveSmallIntegerField(default=0, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="promises", verbose_name=_("who stands for it")
    )
    follows = models.BooleanField(default=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    kept_at = models.DateTimeField(null=True, editable=False)

    objects = PromiseQuerySet.as_manager()

    MOVES = {
        "keep": Move(frozenset({Status.OPEN}), Status.KEPT, permissions.may_keep),
        "renegotiate": Move(frozenset({Status.OPEN}), Status.OPEN, permissions.may_keep),
        "hand_on": Move(frozenset({Status.OPEN}), Status.OPEN, permissions.may_keep),
    }

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status="open", kept_at__isnull=True) | Q(status="kept", kept_at__isnull=False),
                name="promise_kept_has_time",
            ),
        )
        indexes = (
            models.Index(fields=("owner", "due_on"), condition=Q(status="open"), name="promise_open"),
            models.Index(fields=("customer",), condition=Q(status="open"), name="promise_customer"),
            models.Index(fields=("due_on", "id"), name="promise_by_day"),
        )

    def __str__(self):
        return self.text

    def activity(self, verb, *, by):
        verb = {
            "keep": Activity.Verb.KEEP,
            "renegotiate": Activity.Verb.RENEGOTIATE,
            "hand_on": Activity.Verb.HAND_ON,
        }[verb]
        return Activity(customer=self.customer, verb=verb, by=by, data={"promise": self.text, "due": self.due_on})

    def too_late(self, verb):
        return _t("This promise is kept already.")

    def successors(self):
        """Return the active people to whom it can be handed on: the customer's owner and whoever leads them.

        Of a customer in the pool, those who lead whoever stands for it now.
        """
        person = self.customer.owner or self.owner
        people = User.objects.active().filter(person.led_by() | Q(pk=person.pk))
        return people.exclude(pk=self.owner_id).order_by("name", "pk")

    def keep(self, *, note, by):
        """Say that the promise was kept."""
        with self.moving("keep", by=by) as activity:
            activity.note = note
            self.kept_at = timezone.now()

    def renegotiate(self, *, on, note, by):
        """Put the promise on the date `on`, as agreed with the customer; the note says what was agreed."""
        with self.moving("renegotiate", by=by) as activity:
            activity.note = note
            activity.data["to"] = on
            self.due_on = on
            self.renegotiated += 1

    def hand_on(self, *, to, note, by):
        """Let the named person `to` stand for the promise from now on (policy 1.7)."""
        with self.moving("hand_on", by=by) as activity:
            activity.note = note
            activity.data["to"] = to.name
            self.owner, self.follows = to, False
