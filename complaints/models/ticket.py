import datetime as dt
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import permissions
from complaints.choices import Cause, Department, Kind, Severity, Source
from crm.lib.moves import Move, Tracked
from customers.models import Customer
from staff.permissions import is_finance, is_leader, people_in_sight

# The order of work: what is due first comes first, what waits for the customer after all that.
LAST = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
DUE = Coalesce("due_at", Value(LAST))

# What a row of the queue shows, besides the names of people.
LISTED = (
    "number", "kind", "severity", "subject", "status", "customer", "reporter", "phone", "email", "holder",
    "responsible", "rounds", "repeats", "received_at", "closed_at", "first_due_at", "due_at", "stopped_at", "left",
    "level",
)  # fmt: skip


class Concerns(Func):
    """Whether a ticket concerns one of `people` (a set of ids), said so that PostgreSQL asks in the quicker way.

    What one person is tied to is little: it is collected first. What several people are tied to is looked up for each
    ticket, because soon enough of a list are theirs (measured with 200,000 tickets).
    """

    output_field = models.BooleanField()
    conditional = True
    COLUMNS = ("holder", "received_by", "responsible")
    TIES = (
        "SELECT 1 FROM customers_customer WHERE id = {customer} AND owner_id = ANY(%s::bigint[])",
        "SELECT 1 FROM complaints_action WHERE ticket_id = {pk} AND person_id = ANY(%s::bigint[])",
        "SELECT 1 FROM complaints_mention WHERE ticket_id = {pk} AND person_id = ANY(%s::bigint[])",
    )

    def __init__(self, people, *, or_nobody=False):
        self.people, self.or_nobody = sorted(people), or_nobody
        super().__init__(*map(F, (*self.COLUMNS, "customer", "pk")))

    def as_sql(self, compiler, connection, **extra_context):
        names = (*self.COLUMNS, "customer", "pk")
        at = {name: compiler.compile(one)[0] for name, one in zip(names, self.source_expressions, strict=True)}
        parts = [f"{at[name]} = ANY(%s::bigint[])" for name in self.COLUMNS]
        there = "EXISTS ({})" if len(self.people) == 1 else "({} LIMIT 1) IS NOT NULL"
        parts += [there.format(tie).format(**at) for tie in self.TIES]
        sql = " OR ".join(parts) + (f" OR {at['holder']} IS NULL" if self.or_nobody else "")
        return f"({sql})", [self.people] * len(parts)


def _of(name, what, table, output_field=models.CharField):
    """Return a column of the row that `name` refers to: looked up for the rows of a page, where a join takes all."""
    template = f"(SELECT {what} FROM {table} WHERE id = %(expressions)s)"  # noqa: S608 - constants only
    return Func(F(name), template=template, output_field=output_field())


# A colleague as they are called, else how they sign in.
CALLED = "coalesce(nullif(name, ''), username)"
NAMES = {
    "holder_name": _of("holder", CALLED, "staff_user"),
    "responsible_name": _of("responsible", CALLED, "staff_user"),
    "customer_name": _of("customer", "name", "customers_customer"),
    "owner": _of("customer", "owner_id", "customers_customer", models.BigIntegerField),
}


class TicketQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the tickets that concern people in sight; leaders also see those that nobody has taken yet.

        Concerned are who received it, holds it, is responsible, owns the customer, has an action in it or was named in
        a note. Finance needs none (policy 1.8).
        """
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(Concerns(people, or_nobody=is_leader(user)))

    def open(self):
        return self.exclude(status=Ticket.Status.CLOSED)

    def in_turn(self):
        """Annotate `due`, which is never null: by it the lists of open tickets are ordered."""
        return self.annotate(due=DUE)

    def for_queue(self):
        """Load what a row of the queue or a card of the board shows, names as columns, and no more."""
        return self.in_turn().only(*LISTED).annotate(**NAMES)

    def for_list(self):
        return self.select_related("customer", "holder", "responsible").defer("text", "grams")


class Ticket(Tracked):
    """A complaint or suggestion on its way (policy 7): `status` names what is to be done next.

    Its steps are written once as `Step` rows, with who and when. Times are moments; `first_due_at` and `due_at` follow
    from the clock (`complaints.clocks`), None while it is stopped. Money is in yuan.
    """

    class Status(models.TextChoices):
        """What is next. Nothing but a satisfied callback leads to `closed` (policy 7.7)."""

        RECEIVED = "received", pgettext_lazy("ticket", "to be judged")
        JUSTIFIED = "justified", _("to be assigned")
        INVESTIGATING = "investigating", _("to be investigated")
        PROPOSING = "proposing", _("solutions to be proposed")
        CHOOSING = "choosing", _("solution to be chosen")
        AGREEING = "agreeing", _("to be agreed with the customer")
        ACTING = "acting", _("to be carried out")
        ANSWERING = "answering", _("answer to be reviewed")
        CALLING = "calling", _("to be called back")
        CLOSED = "closed", _("closed")

    OPEN = frozenset(Status) - {Status.CLOSED}

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.COMPLAINT)
    source = models.CharField(_("came by"), max_length=10, choices=Source, default=Source.PHONE)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.NORMAL)
    subject = models.CharField(_("subject"), max_length=150)
    text = models.TextField(_("what happened"))
    product = models.CharField(_("product"), max_length=100, blank=True)
    demand = models.CharField(_("what the customer demands"), max_length=500, blank=True)
    status = models.CharField(_("state"), max_length=15, choices=Status, default=Status.RECEIVED, editable=False)

    # Who complains: a customer of the archive as soon as it is recognised, and how they want to be reached.
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("customer")
    )
    reporter = models.CharField(_("who complains"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=10, blank=True)

    # Whoever received it stays responsible until somebody named takes it (policy 1.7).
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("looked after by"),
    )
    department = models.CharField(_("responsible department"), max_length=12, choices=Department, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible person"),
    )
    promised_on = models.DateField(_("answer promised by"), null=True, blank=True)

    is_justified = models.BooleanField(_("justified"), null=True, editable=False)
    is_reasonable = models.BooleanField(_("demand reasonable"), null=True, editable=False)
    cause = models.CharField(_("cause"), max_length=15, choices=Cause, blank=True)
    # How often the customer was not satisfied, and how often it was opened again.
    rounds = models.PositiveSmallIntegerField(default=0, editable=False)
    reopened = models.PositiveSmallIntegerField(default=0, editable=False)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, editable=False, choices=[(n, "★" * n) for n in range(1, 6)]
    )

    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("common cause with")
    )
    repeats = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="repeated_by", verbose_name=_("repeats")
    )

    received_at = models.DateTimeField(_("received"), default=timezone.now)
    answered_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    first_due_at = models.DateTimeField(_("first answer due"), null=True, editable=False)
    due_at = models.DateTimeField(_("resolution due"), null=True, editable=False)
    # Since when the clock stands because the customer is waited for, and the working minutes that are left meanwhile.
    stopped_at = models.DateTimeField(null=True, editable=False)
    left = models.IntegerField(null=True, editable=False)
    # 0 in time, 1 warned, 2 before the supervisor, 3 the manager, 4 the director.
    level = models.PositiveSmallIntegerField(default=0, editable=False)

    grams = models.GeneratedField(
        expression=Func(Concat("subject", Value(" "), "reporter"), function="crm_grams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )
    # What the private link of the customer ends with, as its digest; the link itself is in no table.
    key_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What came by the public form is placed by a task moments later: recognised, given to its owner, its clock set.
    is_placed = models.BooleanField(default=True, editable=False)

    objects = TicketQuerySet.as_manager()

    MOVES = {
        "take": Move(OPEN, "", permissions.may_take),
        "edit": Move(OPEN, "", permissions.may_work),
        "judge": Move(frozenset({Status.RECEIVED}), "", permissions.may_work),
        "assign": Move(frozenset({Status.JUSTIFIED, Status.INVESTIGATING, Status.PROPOSING}), "", permissions.may_work),
        "investigate": Move(frozenset({Status.INVESTIGATING}), Status.PROPOSING, permissions.may_work),
        "propose": Move(frozenset({Status.PROPOSING}), "", permissions.may_work),
        "put_forward": Move(frozenset({Status.PROPOSING}), Status.CHOOSING, permissions.may_work),
        "choose": Move(frozenset({Status.CHOOSING}), Status.AGREEING, permissions.may_review),
        "send_back": Move(frozenset({Status.CHOOSING}), Status.PROPOSING, permissions.may_review),
        "agree": Move(frozenset({Status.AGREEING}), Status.ACTING, permissions.may_work),
        "refuse": Move(frozenset({Status.AGREEING}), Status.PROPOSING, permissions.may_work),
        "act": Move(frozenset({Status.ACTING}), Status.CALLING, permissions.may_work),
        "review": Move(frozenset({Status.ANSWERING}), Status.CALLING, permissions.may_review),
        "rework": Move(frozenset({Status.ANSWERING}), Status.RECEIVED, permissions.may_review),
        "call_back": Move(frozenset({Status.CALLING}), "", permissions.may_work),
        "give_up": Move(frozenset({Status.CALLING}), Status.CLOSED, permissions.may_review),
        "stop": Move(OPEN, "", permissions.may_work),
        "resume": Move(OPEN, "", permissions.may_work),
        "reopen": Move(frozenset({Status.CLOSED}), Status.INVESTIGATING, permissions.may_work),
        "note": Move(frozenset(Status), "", permissions.may_note),
        "answer": Move(frozenset(Status), "", permissions.may_work),
        "punish": Move(frozenset(Status), "", permissions.may_review),
    }

    class Meta:
        verbose_name = _("complaint or suggestion")
        verbose_name_plural = _("complaints and suggestions")
        ordering = ("-received_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) | ~Q(status="closed") & Q(closed_at__isnull=True),
                name="ticket_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(first_due_at__isnull=True, due_at__isnull=True),
                name="ticket_stopped_has_no_due",
            ),
        )
        indexes = (
            GinIndex(fields=("grams",), name="ticket_grams"),
            models.Index("holder", DUE, "id", condition=~Q(status="closed"), name="ticket_queue"),
            models.Index("status", DUE, "id", condition=~Q(status="closed"), name="ticket_board"),
            models.Index(DUE, "id", condition=~Q(status="closed"), name="ticket_open"),
            models.Index(fields=("customer", "-received_at"), name="ticket_customer"),
            models.Index(fields=("received_at", "id"), name="ticket_recent"),
            models.Index(fields=("closed_at", "id"), condition=Q(status="closed"), name="ticket_closed"),
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="ticket_due"),
            models.Index(fields=("id",), condition=Q(is_placed=False), name="ticket_unplaced"),
        )

    def __str__(self):
        return f"{self.number} {self.subject}"

    def get_absolute_url(self):
        return reverse("complaints:detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.CLOSED

    @property
    def hides_reach(self) -> bool:
        """Whether nobody reads how to reach them: it is settled, and its customer lies in the pool (policy 4.5)."""
        return not self.is_open and self.customer_id is not None and self.customer.owner_id is None

    @property
    def who(self) -> str:
        """Return who complains: the customer once recognised, else what they said of themselves."""
        return str(self.customer) if self.customer_id else self.reporter or self.phone or self.email

    def activity(self, verb, *, by):
        return Step(ticket=self, verb=verb, by=by, round=self.rounds)

    def too_late(self, verb):
        return _t("This ticket has moved on: it is %(state)s by now.") % {"state": self.get_status_display()}


class Step(models.Model):
    """What was done with a ticket, by whom and when; a trigger keeps it from any change.

    `data` holds what the step decided. `is_public` says that the customer may read `note` on the private link.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="steps")
    verb = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    round = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    is_public = models.BooleanField(default=False)

    class Meta:
        ordering = ("at", "id")
        indexes = (models.Index(fields=("ticket", "at", "id"), name="step_history"),)

    def __str__(self):
        return f"{self.ticket_id}: {self.verb} {self.at:%Y-%m-%d}"


class Stop(models.Model):
    """A time in which the clock stands because the customer is waited for; open while `until` is None."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="stops")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    reason = models.CharField(_("waiting for"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("since", "id")
        constraints = (
            models.UniqueConstraint(fields=("ticket",), condition=Q(until__isnull=True), name="stop_one_open"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="stop_in_order"),
        )

    def __str__(self):
        return f"{self.ticket_id}: {self.since:%Y-%m-%d %H:%M}"


class Target(models.Model):
    """How many working minutes a first answer and a resolution may take, by severity and grade (policy 7.9).

    An empty grade stands for every grade that has no row of its own.
    """

    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    grade = models.CharField(_("grade"), max_length=4, blank=True)
    first = models.PositiveIntegerField(_("first answer (working minutes)"))
    resolve = models.PositiveIntegerField(_("resolution (working minutes)"))

    class Meta:
        verbose_name = _("time limit")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("severity", "grade"), name="target_once"),
            models.CheckConstraint(condition=Q(first__lte=F("resolve"), first__gt=0), name="target_in_order"),
        )

    def __str__(self):
        return f"{self.severity} {self.grade}: {self.first}/{self.resolve}"
