from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib.prepared import Prepared
from staff.permissions import people_in_sight
from staff.roles import Role

# Whose work a leader sees is asked on nearly every page of theirs.
TEAMS = "SELECT id FROM staff_team WHERE id = %(team)s OR head_id = %(person)s"
LED = f"SELECT id FROM staff_user WHERE team_id IN ({TEAMS})"  # noqa: S608 - constants only
LED_WITH_BELOW = f"""
    SELECT p.id FROM staff_user p JOIN staff_team t ON t.id = p.team_id WHERE t.lineage && ARRAY({TEAMS})
"""  # noqa: S608 - constants only
TYPES = {"team": "bigint", "person": "bigint"}
PEOPLE_LED = Prepared("people_led", LED, TYPES)
PEOPLE_LED_BELOW = Prepared("people_led_below", LED_WITH_BELOW, TYPES)


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

    def people_led(self) -> list[int]:
        """Return the ids of the people in the teams this person works for or heads.

        A manager's reach takes in every team below, a supervisor's only the team itself.
        """
        with connection.cursor() as cursor:
            led = PEOPLE_LED_BELOW if self.role == Role.MANAGER else PEOPLE_LED
            led.execute(cursor, {"person": self.pk, "team": self.team_id})
            return [pk for (pk,) in cursor.fetchall()]

    def led_by(self) -> Q:
        """Return the condition for the people who lead this person: `people_in_sight` turned round, but for finance."""
        lineage = self.team.lineage if self.team else []
        everywhere = Q(role__in=(Role.DIRECTOR, Role.ADMINISTRATOR))
        return everywhere | Q(role=Role.SUPERVISOR) & _at(lineage[-1:]) | Q(role=Role.MANAGER) & _at(lineage)


def _at(teams: list[int]) -> Q:
    """Return the condition for whoever works in one of `teams` or heads it."""
    return Q(team__in=teams) | Q(pk__in=Team.objects.filter(pk__in=teams).order_by().values("head"))
