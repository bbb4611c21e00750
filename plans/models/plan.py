import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from plans import permissions
from staff.models import Team
from staff.permissions import people_in_sight

# What a row of a list shows.
LISTED = (
    "name", "status", "is_template", "reach", "budget", "approved", "spent", "in_force", "waiting_since", "ends_on",
    "updated_at", "author__name", "author__username", "team__name",
)  # fmt: skip


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the plans of people in sight, and those that `user` helps with, has a task in or decides on.

        What somebody has decided on they may look at again.
        """
        people = people_in_sight(user)
        if people is None:
            return self
        mine = [
            relation.objects.filter(**{field: user.pk}).order_by().values("plan") for relation, field in self.model.TIES
        ]
        # A plan may come of several ties: to drop the doubles would take longer than to look it up among them.
        return self.filter(Q(author__in=people) | Q(pk__in=mine[0].union(*mine[1:], all=True)))

    def waiting(self):
        return self.filter(status__in=self.model.WAITING)

    def running(self):
        """Return the approved plans that are not over, paused ones and those being amended included."""
        return self.filter(status__in=self.model.APPROVED)

    def for_list(self):
        """Load what a row of a list or a card of the board shows, and no more."""
        return self.select_related("author", "team").only(*LISTED)


class Plan(Tracked):
    """A maintenance plan for some customers (policy 6): its wording as it is drafted, and how far it has come.

    What was submitted is frozen as a Version; the approved one in force is `in_force`. The wording may only differ
    from it while an amendment is written or decided. Money is in yuan, dates are business dates. Derived by verbs:
    `budget` (of the wording), `approved` (of the version in force), `spent` (the costs of its done tasks), `reach`
    (customers) and `turnover` (what these bought in the twelve months before the wording was last saved).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waits for approval")
        RETURNED = "returned", _("sent back")
        RUNNING = "running", _("being carried out")
        AMENDING = "amending", _("amendment being written")
        AMENDMENT_SUBMITTED = "amendment_submitted", _("amendment waits for approval")
        AMENDMENT_RETURNED = "amendment_returned", _("amendment sent back")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("to be judged")
        REPORTED = "reported", _("report waits for guidance")
        CLOSED = "closed", _("archived")
        DROPPED = "dropped", _("given up")

    WRITABLE = frozenset({Status.DRAFT, Status.RETURNED, Status.AMENDING, Status.AMENDMENT_RETURNED})
    WAITING = frozenset({Status.SUBMITTED, Status.AMENDMENT_SUBMITTED})
    AMENDED = frozenset({Status.AMENDING, Status.AMENDMENT_SUBMITTED, Status.AMENDMENT_RETURNED})
    WORKING = AMENDED | {Status.RUNNING}
    APPROVED = WORKING | {Status.PAUSED}
    # While a plan is decided on or carried out, its customers do not return to the pool (policy 4, rooms above).
    HOLDING = APPROVED | WAITING
    OVER = frozenset({Status.ENDED, Status.REPORTED, Status.CLOSED})

    name = models.CharField(_("name"), max_length=120)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plans", verbose_name=_("drafted by"), db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    aim = models.TextField(_("what it is for"), blank=True)
    method = models.TextField(_("method"), blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    criteria = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False)
    answers = models.JSONField(default=dict, editable=False)
    # Improvements that earlier plans asked for, carried into this one (policy 6.4).
    lessons = models.TextField(_("learnt from the earlier plan"), blank=True)
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("copied from")
    )
    is_template = models.BooleanField(_("offered to everybody as a template"), default=False)
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.DRAFT, editable=False)

    chain = models.ForeignKey("plans.Chain", models.PROTECT, null=True, editable=False, related_name="+")
    version = models.ForeignKey("plans.Version", models.PROTECT, null=True, editable=False, related_name="+")
    in_force = models.ForeignKey("plans.Version", models.PROTECT, null=True, editable=False, related_name="+")
    # The step that decides now, since when, and what has been done about its waiting.
    position = models.PositiveSmallIntegerField(null=True, editable=False)
    waiting_since = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)
    escalated = models.PositiveSmallIntegerField(default=0, editable=False)

    budget = models.DecimalField(_("budget"), max_digits=14, decimal_places=2, default=0, editable=False)
    approved = models.DecimalField(_("approved"), max_digits=14, decimal_places=2, default=0, editable=False)
    spent = models.DecimalField(_("spent"), max_digits=14, decimal_places=2, default=0, editable=False)
    reach = models.PositiveIntegerField(_("customers"), default=0, editable=False)
    turnover = models.DecimalField(_("bought in 12 months"), max_digits=16, decimal_places=2, default=0, editable=False)

    approved_at = models.DateTimeField(null=True, editable=False)
    # False from its approval until its customers' timelines say so (see `plans.telling`).
    is_told = models.BooleanField(default=True, db_default=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=300, blank=True, editable=False)
    # Counts the savings of the wording, so that of two people who save at once the later one is told.
    edition = models.PositiveIntegerField(default=1, editable=False)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlanQuerySet.as_manager()

    MOVES = {
        "edit": Move(WRITABLE, "", permissions.may_write),
        "submit": Move(WRITABLE, "", permissions.is_responsible),
        "withdraw": Move(WAITING, "", permissions.is_responsible),
        "drop": Move(frozenset({Status.DRAFT, Status.RETURNED}), Status.DROPPED, permissions.is_responsible),
        "amend": Move(frozenset({Status.RUNNING}), Status.AMENDING, permissions.is_responsible),
        "discard": Move(
            frozenset({Status.AMENDING, Status.AMENDMENT_RETURNED}), Status.RUNNING, permissions.is_responsible
        ),
        "pause": Move(frozenset({Status.RUNNING}), Status.PAUSED, permissions.is_responsible),
        "resume": Move(frozenset({Status.PAUSED}), Status.RUNNING, permissions.is_responsible),
        "end": Move(frozenset({Status.RUNNING, Status.PAUSED}), Status.ENDED, permissions.is_responsible),
        "assign": Move(WORKING, "", permissions.is_responsible),
        "report": Move(frozenset({Status.ENDED}), Status.REPORTED, permissions.is_responsible),
        "guide": Move(frozenset({Status.REPORTED}), Status.CLOSED, permissions.may_guide),
        "hand_on": Move(WRITABLE | WAITING | APPROVED | {Status.ENDED}, "", permissions.may_hand_on),
    }

    class Meta:
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
        ordering = ("-updated_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")) | Q(ends_on__isnull=True) | Q(starts_on__isnull=True),
                name="plan_period_in_order",
            ),
            models.CheckConstraint(condition=Q(spent__gte=0, budget__gte=0, approved__gte=0), name="plan_money"),
            models.CheckConstraint(
                condition=Q(status__in=("submitted", "amendment_submitted"), position__isnull=False)
                | ~Q(status__in=("submitted", "amendment_submitted")) & Q(position__isnull=True),
                name="plan_waits_at_a_step",
            ),
            models.CheckConstraint(
                condition=Q(in_force__isnull=False) | Q(status__in=("draft", "submitted", "returned", "dropped")),
                name="plan_approved_has_version",
            ),
        )
        indexes = (
            models.Index(fields=("status", "updated_at", "id"), include=("author",), name="plan_board"),
            models.Index(fields=("author", "updated_at", "id"), name="plan_author"),
            models.Index(fields=("updated_at", "id"), name="plan_recent"),
            models.Index(fields=("budget", "id"), name="plan_budget"),
            models.Index(fields=("id",), condition=Q(is_told=False), name="plan_untold"),
        )

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("plans:detail", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @property
    def is_amendment(self) -> bool:
        return self.status in self.AMENDED

    @property
    def share(self):
        """Return the budget in percent of what its customers bought in the year before; None when that was nothing."""
        return round(100 * self.budget / self.turnover, 1) if self.turnover else None

    def barred(self) -> frozenset[int]:
        """Return the ids of the people who may never decide on this plan: who wrote any of it (policy 6.2)."""
        return frozenset({self.author_id, *self.contributions.values_list("person", flat=True)})

    def activity(self, verb, *, by):
        """Return what the plan's own history keeps of a move; customers hear of few of them (`plans.telling`)."""
        return PlanEvent(plan=self, verb=verb, by=by)

    def too_late(self, verb):
        return _t("This plan is %(state)s by now.") % {"state": self.get_status_display()}


class PlanEvent(models.Model):
    """What was done with a plan besides the decisions on it: edited, paused, handed on; never changed."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="events")
    verb = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("plan", "-at", "-id"), name="plan_event_history"),)

    def __str__(self):
        return f"{self.plan_id}: {self.verb} {self.at:%Y-%m-%d}"


class Contribution(models.Model):
    """Somebody who helps to write a plan (policy 6.2); whoever has saved any of it stays and never decides on it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="contributions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="contributions")
    edited_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("plan", "person"), name="contribution_once"),)
        indexes = (models.Index(fields=("person", "plan"), name="contribution_of"),)

    def __str__(self):
        return f"{self.plan_id}: {self.person_id}"
