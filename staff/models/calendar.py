import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Day(models.Model):
    """A day of the company's calendar (policy 5.6): the Chinese calendar's, unless an administrator says otherwise.

    `opens_on` is the day itself when people work, else the next working day; `number` counts working days up to
    `opens_on`, so that "two working days later" is a sum. `staff.calendar` writes both.
    """

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("holiday"), max_length=40, blank=True)
    is_edited = models.BooleanField(default=False, editable=False)
    opens_on = models.DateField(editable=False)
    number = models.IntegerField(editable=False)

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        ordering = ("day",)
        indexes = (models.Index(fields=("number",), name="day_number", condition=Q(is_working=True)),)

    def __str__(self):
        return str(self.day)


class WorkingHours(models.Model):
    """When customers may be called on working days, company time, but for the rest at noon (policy 5.6)."""

    opens = models.TimeField(_("work begins"), default=dt.time(9))
    rests_from = models.TimeField(_("rest from"), default=dt.time(12))
    rests_until = models.TimeField(_("rest until"), default=dt.time(13, 30))
    closes = models.TimeField(_("work ends"), default=dt.time(18))

    class Meta:
        verbose_name = _("working hours")
        constraints = (
            models.CheckConstraint(
                condition=Q(opens__lt=models.F("rests_from"))
                & Q(rests_from__lte=models.F("rests_until"))
                & Q(rests_until__lt=models.F("closes")),
                name="working_hours_in_order",
            ),
        )

    def __str__(self):
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"

    @classmethod
    def current(cls):
        return cls.objects.first() or cls()
