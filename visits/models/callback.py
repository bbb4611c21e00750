from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from crm.lib.remembered import remembered
from customers.choices import Channel, Intention
from customers.models import Activity, Customer, Grade
from customers.sight import customer_of
from staff.permissions import is_finance, people_in_sight
from visits import permissions


class Purpose(models.TextChoices):
    """What a callback is for: those of policy 5.2 and 5.3, the follow-up of 5.5, and those that people ask for."""

    FOLLOW_UP = "follow_up", _("follow-up")
    NEW_CUSTOMER = "new_customer", _("first contact with a new customer")
    INSTALLATION = "installation", _("after an installation")
    PURCHASE_HALF = "purchase_half", _("4–6 months after a purchase")
    PURCHASE_LATE = "purchase_late", _("10–12 months after a purchase")
    PURCHASE_YEAR = "purchase_year", _("one year after a purchase")
    COMPLAINT = "complaint", _("complaint received")
    PROPOSAL = "proposal", _("proposal received")
    REPAIR = "repair", _("after a repair")
    REPAIR_OVERRUN = "repair_overrun", _("a repair overran its time")
    REPAIR_HOLDS = "repair_holds", _("does the repair hold?")
    CALL_LIST = "call_list", _("call list")
    BY_HAND = "by_hand", _("planned by hand")

    @classmethod
    def title_of(cls, purpose: str, rule_name: str = "") -> str:
        """Return what a callback is for in the reader's language; an administrator's own rule has its own name."""
        return rule_name or (str(cls(purpose).label) if purpose in cls.values else purpose)


class CallbackRule(models.Model):
    """After which event a callback falls due, and when (policy 5.2, 5.3): the window counts from the event's day.

    `code` is the purpose of its callbacks; a rule without a name of its own is called as its purpose is.
    """

    class Event(models.TextChoices):
        NEW_CUSTOMER = "new_customer", _("a customer came to its owner")
        PURCHASE = "purchase", _("a purchase was paid")
        INSTALLATION = "installation", _("an installation was finished")
        INSPECTION = "inspection", _("an inspection was finished")
        REPAIR = "repair", _("a repair was finished")
        REPAIR_OVERRUN = "repair_overrun", _("a repair overran its time")
        COMPLAINT = "complaint", _("a complaint was received")
        PROPOSAL = "proposal", _("a proposal was received")

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        MONTHS = "months", _("months")

    code = models.SlugField(_("code"), max_length=30, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, blank=True)
    event = models.CharField(_("event"), max_length=20, choices=Event)
    earliest = models.PositiveSmallIntegerField(_("earliest"), validators=[MaxValueValidator(730)])
    latest = models.PositiveSmallIntegerField(_("latest"), validators=[MaxValueValidator(730)])
    unit = models.CharField(_("unit"), max_length=6, choices=Unit, default=Unit.DAYS)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PHONE)
    is_active = models.BooleanField(_("in use"), default=True)
    edited_at = models.DateTimeField(auto_now=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("callback rule")
        verbose_name_plural = _("callback rules")
        ordering = ("event", "unit", "earliest", "id")
        constraints = (
            models.CheckConstraint(condition=Q(earliest__lte=F("latest")), name="callback_rule_window_in_order"),
        )

    def __str__(self):
        return Purpose.title_of(self.code, self.name)


class CadenceQuerySet(models.QuerySet):
    def in_use(self):
        return self.filter(is_active=True)


class Cadence(models.Model):
    """How often a customer is contacted, by intention and grade (policy 5.5, 5.6); of several the shortest counts."""

    intention = models.CharField(_("intention level"), max_length=1, choices=Intention, blank=True)
    grade = models.CharField(_("grade"), max_length=4, choices=Grade, blank=True)
    days = models.PositiveSmallIntegerField(
        _("at most so many days apart"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PHONE)
    is_active = models.BooleanField(_("in use"), default=True)
    edited_at = models.DateTimeField(auto_now=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    objects = CadenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("cadence")
        verbose_name_plural = _("cadences")
        ordering = ("days", "id")
        constraints = (models.UniqueConstraint(fields=("intention", "grade"), name="cadence_once"),)

    def __str__(self):
        return f"{self.intention or '*'} {self.grade or '*'}: {self.days}"

    @classmethod
    def days_for(cls, customer) -> int | None:
        """Return how many days apart `customer` is to be contacted at most; None when no cadence fits."""
        rows = remembered("cadences", lambda: list(cls.objects.in_use().values_list("intention", "grade", "days")))
        intention, grade = ("", customer.intention), ("", customer.grade)
        return min((days for i, g, days in rows if i in intention and g in grade), default=None)


class ServiceEvent(models.Model):
    """A complaint or a proposal that was received: the fact behind its callback, written by `schedule.received`."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("complaint")
        PROPOSAL = "proposal", _("proposal")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="service_events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("at",), name="service_event_at"),)

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%d}"


class CallbackQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the callbacks of owned customers in sight, and those given to people in sight; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        if people is None:
            return self
        return self.filter(Q(person__in=people) | customer_of(people))

    def open(self):
        return self.filter(status=Callback.Status.OPEN)

    def due(self, *, by):
        """Return the open callbacks due on or before the date `by`."""
        return self.open().filter(due_on__lte=by)

    def of(self, user):
        """Return the callbacks that are `user`'s to make: given to them, or of their customers and given to nobody."""
        return self.filter(Q(person=user) | Q(person=None, customer__owner=user))

    def for_list(self):
        return self.select_related("customer", "rule")


class Callback(Tracked):
    """A customer to be contacted, for one purpose, from a day on; at most one is open per customer and purpose.

    It is the customer's owner's to make, whoever that is then, unless it is given to a `person`. Days are business
    dates in the company's time zone: `due_on` the day planned, `opens_on` and `closes_on` the window around it,
    `first_due_on` the day first planned. `event_at` is when what it follows from happened; once closed it stands for
    all such events up to `covers_until` (see `visits.schedule`). `visits.callbacks` holds its verbs.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")

    # What the schedule writes as the reason why it leaves two callbacks of a customer on one day.
    WINDOW_ENDS, AGAIN, TOGETHER = "=window", "=again", "=together"
    REASONS = {
        WINDOW_ENDS: _("its window ends before another day is free"),
        AGAIN: _("tried before, to be tried again together"),
        TOGETHER: _("put off, to be made together"),
    }

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="callbacks")
    purpose = models.CharField(_("purpose"), max_length=30)
    # Of what most rows lack, an index holds only those that have it (below): each contact writes some of these rows.
    rule = models.ForeignKey(CallbackRule, models.PROTECT, null=True, related_name="callbacks", db_index=False)
    call_list = models.ForeignKey(
        "visits.CallList", models.CASCADE, null=True, related_name="callbacks", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="callbacks", db_index=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PHONE)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    due_on = models.DateField(_("due on"))
    first_due_on = models.DateField(editable=False)
    opens_on = models.DateField(editable=False)
    closes_on = models.DateField(null=True, editable=False)
    event_at = models.DateTimeField(null=True, editable=False)
    covers_until = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    log = models.ForeignKey(
        "visits.CallLog", models.SET_NULL, null=True, editable=False, related_name="callbacks", db_index=False
    )

    objects = CallbackQuerySet.as_manager()

    MOVES = {
        "move": Move(frozenset({Status.OPEN}), Status.OPEN, permissions.may_work_on),
        "skip": Move(frozenset({Status.OPEN}), Status.SKIPPED, permissions.may_work_on),
    }

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "purpose"), condition=Q(status="open"), name="callback_one_open_per_purpose"
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True) | ~Q(status="open") & Q(closed_at__isnull=False),
                name="callback_closed_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=("person", "due_on"), condition=Q(status="open", person__isnull=False), name="callback_given"
            ),
            models.Index(
                fields=("customer", "purpose", "covers_until"), condition=~Q(status="open"), name="callback_covered"
            ),
            models.Index(
                fields=("customer",), condition=Q(status="skipped", purpose="follow_up"), name="callback_skipped"
            ),
            models.Index(fields=("first_due_on",), name="callback_planned"),
            models.Index(fields=("call_list", "status"), condition=Q(call_list__isnull=False), name="callback_list"),
            models.Index(fields=("rule",), condition=Q(status="open", rule__isnull=False), name="callback_of_rule"),
            models.Index(fields=("person",), condition=Q(person__isnull=False), name="callback_person"),
            models.Index(fields=("log",), condition=Q(log__isnull=False), name="callback_log"),
        )

    def __str__(self):
        return f"{self.title} {self.due_on}"

    @property
    def title(self) -> str:
        return Purpose.title_of(self.purpose, self.rule.name if self.rule_id else "")

    @property
    def reason_text(self) -> str:
        return str(self.REASONS.get(self.reason, self.reason))

    def activity(self, verb, *, by):
        verb = {"move": Activity.Verb.MOVE, "skip": Activity.Verb.SKIP}[verb]
        data = {"purpose": self.purpose, "name": self.rule.name if self.rule_id else ""}
        return Activity(customer=self.customer, verb=verb, by=by, data=data)

    def too_late(self, verb):
        return _t("This callback is closed already.")
