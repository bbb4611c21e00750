import datetime as dt

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.permissions import people_in_sight
from staff.roles import Role


class Team(models.Model):
    """A node of the tree of teams, with one head.

    `lineage` holds the ids from the top down to this team itself; `place()` writes it.
    """

    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("above it")
    )
    head = models.ForeignKey(
        "staff.User", models.SET_NULL, null=True, blank=True, related_name="heads", verbose_name=_("head")
    )
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)
    path = models.CharField(max_length=500, editable=False)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("path",)
        indexes = (GinIndex(fields=("lineage",), name="team_lineage"),)
        constraints = (models.UniqueConstraint(fields=("path",), name="team_path_unique"),)

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("staff:team_edit", args=[self.pk])


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def administrators(self):
        return self.filter(role=Role.ADMINISTRATOR)

    def with_password(self):
        """Return those who were given a password; imported people have none until somebody sets one."""
        return self.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def sellers(self):
        return self.filter(role__in=(Role.REPRESENTATIVE, Role.SUPERVISOR))

    def visible_to(self, user):
        """Return the people whose work `user` sees."""
        people = people_in_sight(user)
        return self if people is None else self.filter(pk__in=people)

    def for_list(self):
        return self.select_related("team")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username, password=None, **fields):
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who signs in. `role` says what they may do, `team` whose work they share."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This username is taken.")},
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=100)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.REPRESENTATIVE)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("team"))
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("name",)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("username",)

    def __str__(self):
        return self.name or self.username

    def get_absolute_url(self):
        return reverse("staff:person_edit", args=[self.pk])

    def people_led(self):
        """Return the ids of the people in the teams this person works for or heads.

        A manager's reach takes in every team below, a supervisor's only the team itself.
        """
        teams = Team.objects.filter(Q(pk=self.team_id) | Q(head=self)).order_by().values("pk")
        reach = Q(team__lineage__overlap=ArraySubquery(teams)) if self.role == Role.MANAGER else Q(team__in=teams)
        return User.objects.filter(reach).order_by().values_list("pk", flat=True)

    def led_by(self) -> Q:
        """Return the condition for the people who lead this person: `people_in_sight` turned round, but for finance."""
        lineage = self.team.lineage if self.team else []
        everywhere = Q(role__in=(Role.DIRECTOR, Role.ADMINISTRATOR))
        return everywhere | Q(role=Role.SUPERVISOR) & _at(lineage[-1:]) | Q(role=Role.MANAGER) & _at(lineage)


def _at(teams: list[int]) -> Q:
    """Return the condition for whoever works in one of `teams` or heads it."""
    return Q(team__in=teams) | Q(pk__in=Team.objects.filter(pk__in=teams).order_by().values("head"))


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


class LoginWindow(models.Model):
    """Failed tries to sign in for one account or address within the current window (see `staff.throttle`)."""

    key = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField()
    tries = models.PositiveIntegerField()

    def __str__(self):
        return self.key


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
