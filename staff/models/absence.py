import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from staff.models.person import User
from staff.permissions import people_in_sight


class AbsenceQuerySet(models.QuerySet):
    def on(self, day: dt.date):
        """Return the absences of the business date `day`."""
        return self.filter(since__lte=day, until__gte=day)

    def visible_to(self, user):
        people = people_in_sight(user)
        return self if people is None else self.filter(person__in=people)


class Absence(models.Model):
    """Recorded leave of a person, both business dates included, and who decides in their stead (policy 6.2)."""

    person = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("person"))
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    delegate = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="stands_in", verbose_name=_("decides meanwhile")
    )
    note = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("-since", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="absence_in_order"),
            models.CheckConstraint(
                condition=Q(delegate__isnull=True) | ~Q(delegate=models.F("person")), name="absence_delegate_is_another"
            ),
            ExclusionConstraint(
                name="absence_once_a_day",
                expressions=(
                    ("person", RangeOperators.EQUAL),
                    (
                        models.Func(
                            "since", "until", models.Value("[]"), function="daterange", output_field=DateRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
            ),
        )
        indexes = (models.Index(fields=("until", "since"), name="absence_days"),)

    def __str__(self):
        return f"{self.person}: {self.since} – {self.until}"
