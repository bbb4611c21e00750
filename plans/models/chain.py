from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from staff.roles import Role


class Chain(models.Model):
    """One version of the approval chain (policy 6.2): its steps in order. A plan keeps the one it began with."""

    number = models.PositiveIntegerField(unique=True)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("approval chain")
        ordering = ("-number",)

    def __str__(self):
        return str(self.number)

    @classmethod
    def current(cls):
        """Return the version in force for plans that are submitted for the first time."""
        return cls.objects.prefetch_related("steps").first()

    def steps_for(self, budget) -> list["ChainStep"]:
        """Return the steps that a plan of `budget` yuan takes, in order."""
        return [step for step in self.steps.all() if step.is_for(budget)]


class ChainStep(models.Model):
    """Who decides at a step: the holders of `role` above the author; `stand_in` where that seat is vacant.

    `above` asks for the step only of plans whose budget is larger. Days are working days: of waiting, until a
    reminder, and until the next above may decide as well.
    """

    ROLES = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.FINANCE, Role.ADMINISTRATOR)

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(_("who decides"), max_length=20, choices=[(role.value, role.label) for role in ROLES])
    above = models.DecimalField(
        _("only when the budget is above"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decides while the seat is vacant"),
    )
    remind_days = models.PositiveSmallIntegerField(_("reminder after working days"), default=2)
    escalate_days = models.PositiveSmallIntegerField(_("next above after working days"), default=4)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("chain", "position"), name="chain_step_position"),
            models.CheckConstraint(
                condition=Q(escalate_days__gte=models.F("remind_days"), remind_days__gte=1),
                name="chain_step_reminds_first",
            ),
        )

    def __str__(self):
        return str(self.get_role_display())

    def is_for(self, budget) -> bool:
        """Whether a plan of `budget` yuan takes this step."""
        return self.above is None or budget > self.above


class Seat(models.Model):
    """Somebody who may decide on a plan now: a line of their inbox. `plans.seating` writes them, from rows alone."""

    class Why(models.TextChoices):
        OWN = "own", _("own seat")
        DELEGATE = "delegate", _("stands in for somebody absent")
        STAND_IN = "stand_in", _("stands in for a vacant seat")
        ABOVE = "above", _("next above")
        LATE = "late", _("next above, because it waited long")

    plan = models.ForeignKey("plans.Plan", models.CASCADE, related_name="seats", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats", db_index=False)
    stands_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=10, choices=Why)
    since = models.DateTimeField()

    class Meta:
        ordering = ("since", "id")
        constraints = (models.UniqueConstraint(fields=("plan", "person"), name="seat_once"),)
        indexes = (models.Index(fields=("person", "since", "plan"), name="seat_inbox"),)

    def __str__(self):
        return f"{self.plan_id}: {self.person_id}"
