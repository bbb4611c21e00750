import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers.models import Customer
from plans import permissions
from plans.models.plan import Plan
from plans.models.wording import Line
from staff.permissions import people_in_sight

COST = [MinValueValidator(0), MaxValueValidator(10**9)]


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the tasks of plans whose author is in sight, and those of people in sight."""
        people = people_in_sight(user)
        return self if people is None else self.filter(Q(plan__author__in=people) | Q(person__in=people))

    def open(self):
        return self.filter(status=Task.Status.OPEN)

    def workable(self):
        """Return the open tasks of plans that are carried out now; those of a paused plan rest."""
        return self.open().filter(plan__status__in=Plan.WORKING)

    def late(self, today):
        return self.workable().filter(due_on__lt=today)

    def for_list(self):
        return self.select_related("plan", "line", "customer", "person")


class Task(Tracked):
    """A piece of an approved plan: what, for which customer, by whom, by which business date (policy 6.3).

    `planned` and `cost` are yuan; a plan's `spent` is the sum of the costs of its done tasks.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tasks", db_index=False)
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="tasks")
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="plan_tasks",
        verbose_name=_("customer"),
        db_index=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="plan_tasks",
        verbose_name=_("who does it"),
        db_index=False,
    )
    what = models.CharField(_("what is to be done"), max_length=300)
    due_on = models.DateField(_("by"))
    planned = models.DecimalField(_("planned cost"), max_digits=12, decimal_places=2, default=0, validators=COST)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    result = models.TextField(_("result"), blank=True)
    feedback = models.TextField(_("the customer's feedback"), blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, default=0, validators=COST)
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = TaskQuerySet.as_manager()

    MOVES = {
        "edit": Move(frozenset({Status.OPEN}), Status.OPEN, permissions.may_steer_task),
        "finish": Move(frozenset({Status.OPEN}), Status.DONE, permissions.may_do_task),
        "cancel": Move(frozenset({Status.OPEN}), Status.CANCELLED, permissions.may_steer_task),
        "reopen": Move(frozenset({Status.DONE, Status.CANCELLED}), Status.OPEN, permissions.may_steer_task),
    }

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(condition=Q(cost__gte=0, planned__gte=0), name="task_money"),
            models.CheckConstraint(
                condition=Q(status="done", done_at__isnull=False) | ~Q(status="done") & Q(done_at__isnull=True, cost=0),
                name="task_done_has_time",
            ),
        )
        indexes = (
            models.Index(fields=("plan", "due_on", "id"), name="task_of_plan"),
            models.Index(fields=("person", "due_on", "id"), condition=Q(status="open"), name="task_todo"),
            models.Index(fields=("customer", "plan"), name="task_customer"),
            models.Index(fields=("due_on", "id"), condition=Q(status="open"), name="task_late"),
            models.Index(fields=("person", "plan"), name="task_person"),
            # How many tasks of a plan are late is read from here alone.
            models.Index(fields=("plan", "due_on"), condition=Q(status="open"), include=("person",), name="task_open"),
        )

    def __str__(self):
        return self.what

    def get_absolute_url(self):
        return reverse("plans:task", args=[self.pk])

    def activity(self, verb, *, by):
        from_plan = {"task": self.pk, "what": self.what}
        return self.plan.events.model(plan=self.plan, verb=f"task_{verb}", by=by, data=from_plan)

    def is_late(self, today=None) -> bool:
        return self.status == self.Status.OPEN and self.due_on < (today or timezone.localdate())

    def too_late(self, verb):
        return _t("This task is %(state)s by now.") % {"state": self.get_status_display()}


class TaskFile(models.Model):
    """A picture (a clean JPEG) or a PDF that shows a task's result."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="files")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20)  # the media type
    content = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self):
        return self.name


class Judgement(models.Model):
    """What came of a plan (policy 6.4): the system's figures, the supervisor's report, the manager's guidance.

    `results` holds each goal with its target and result, and turnover, orders and satisfaction before and after.
    """

    class Effect(models.TextChoices):
        GOOD = "good", _("goals reached")
        PARTLY = "partly", _("partly reached")
        MISSED = "missed", _("missed")

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="judgement")
    results = models.JSONField(default=dict)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect, blank=True)
    evaluation = models.TextField(_("evaluation"), blank=True)
    improvements = models.TextField(_("what the next plan should do better"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(null=True)
    guidance = models.TextField(_("guidance"), blank=True)
    guided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    guided_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.plan_id}: {self.get_effect_display()}"
