from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.grading import Grade

MONTHS = [MinValueValidator(1), MaxValueValidator(60)]
DAYS = [MinValueValidator(1), MaxValueValidator(1000)]
CLOCKS = ("no_deal_months", "no_sale_months", "contact_days")


def remind_days():
    return [14, 7, 3, 1]


class PoolRules(models.Model):
    """One version of the rules of the pool (policy 4.8); the newest is in force, those before stay for the record.

    Periods count in calendar months, the other times in days. `clocks_since` is the day on which the periods were last
    changed: nobody falls within `grace_days` of it. Blank means that there is no such rule.
    """

    since = models.DateTimeField(auto_now_add=True)
    # When the dates of all customers followed them (`ownership.applying`); the first version's from the start.
    applied_at = models.DateTimeField(null=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    note = models.CharField(_("why"), max_length=200, blank=True)

    no_deal_months = models.PositiveSmallIntegerField(_("months without a first deal"), default=2, validators=MONTHS)
    no_sale_months = models.PositiveSmallIntegerField(_("months without a sale"), default=3, validators=MONTHS)
    contact_days = models.PositiveSmallIntegerField(
        _("days without real contact"), null=True, blank=True, validators=DAYS
    )
    first_contact_days = models.PositiveSmallIntegerField(
        _("days from a claim to the first contact"), null=True, blank=True, validators=DAYS
    )
    clocks_since = models.DateField(null=True, editable=False)
    grace_days = models.PositiveSmallIntegerField(_("days in which nobody falls after a change"), default=7)
    brake_percent = models.PositiveSmallIntegerField(
        _("percent of owned customers that one night may return unasked"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    remind_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("reminders, days before"), default=remind_days
    )
    supervisor_days = models.PositiveSmallIntegerField(_("the supervisor too, from days before"), default=3)
    sheet_days = models.PositiveSmallIntegerField(_("clearing sheet asked for, days before"), default=14)
    extension_days = models.PositiveSmallIntegerField(_("days of one extension, at most"), default=30, validators=DAYS)
    extensions = models.PositiveSmallIntegerField(_("extensions per ownership, at most"), default=2)

    cooldown_days = models.PositiveSmallIntegerField(_("days before an earlier owner may claim again"), default=30)
    claims_a_day = models.PositiveSmallIntegerField(
        _("claims a day"), null=True, blank=True, default=20, validators=[MinValueValidator(1)]
    )
    capacity = models.PositiveIntegerField(
        pgettext_lazy("rule", "customers in hand"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    embargo_days = models.PositiveSmallIntegerField(_("days a new arrival can't be claimed"), default=0)

    class Meta:
        verbose_name = _("rules of the pool")
        verbose_name_plural = _("rules of the pool")
        ordering = ("-id",)

    def __str__(self):
        return f"{self.pk}: {self.no_deal_months}/{self.no_sale_months}"

    @classmethod
    def current(cls):
        """Return the version in force; the policy's own periods while there is none."""
        return cls.objects.order_by("-id").first() or cls()


class OwnPeriods(models.Model):
    """Other periods for the customers of one grade, or of one team and the teams below it (policy 4.8).

    Where a grade and a team have a period the shorter one counts; of a team and those above it the nearest. What is
    blank is as in `rules`.
    """

    rules = models.ForeignKey(PoolRules, models.CASCADE, related_name="own_periods")
    grade = models.CharField(_("grade"), max_length=4, choices=Grade, blank=True)
    team = models.ForeignKey("staff.Team", models.PROTECT, null=True, blank=True, verbose_name=_("team"))
    no_deal_months = models.PositiveSmallIntegerField(
        _("months without a first deal"), null=True, blank=True, validators=MONTHS
    )
    no_sale_months = models.PositiveSmallIntegerField(
        _("months without a sale"), null=True, blank=True, validators=MONTHS
    )
    contact_days = models.PositiveSmallIntegerField(
        _("days without real contact"), null=True, blank=True, validators=DAYS
    )

    class Meta:
        verbose_name = _("own periods")
        verbose_name_plural = _("own periods")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(grade="", team__isnull=False) | (~Q(grade="") & Q(team__isnull=True)),
                name="own_periods_of_grade_or_team",
            ),
            models.UniqueConstraint(fields=("rules", "grade", "team"), nulls_distinct=False, name="own_periods_once"),
        )

    def __str__(self):
        return self.get_grade_display() or str(self.team)
