"""People, teams, absences."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from staff import teams
from staff.models import Absence, Team, User
from staff.roles import Role

PASSWORD = "Silk-road-1877"


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"第{n + 1}组")
    parent = None

    @classmethod
    def _create(cls, model, *args, **fields):
        return teams.place(model(**fields))


class UserFactory(DjangoModelFactory):
    """A person who may sign in, a representative without a team unless said otherwise."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        supervisor = factory.Trait(role=Role.SUPERVISOR)
        manager = factory.Trait(role=Role.MANAGER)
        director = factory.Trait(role=Role.DIRECTOR)
        finance = factory.Trait(role=Role.FINANCE)
        administrator = factory.Trait(role=Role.ADMINISTRATOR)
        inactive = factory.Trait(is_active=False)

    username = factory.Sequence(lambda n: f"user{n + 1}")
    name = factory.Sequence(lambda n: f"员工{n + 1}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    role = Role.REPRESENTATIVE
    password = factory.django.Password(PASSWORD)


class AbsenceFactory(DjangoModelFactory):
    """Somebody away today and the next two days, without a delegate unless one is named."""

    class Meta:
        model = Absence

    person = factory.SubFactory(UserFactory)
    since = factory.LazyFunction(timezone.localdate)
    until = factory.LazyAttribute(lambda absence: absence.since + dt.timedelta(days=2))
    by = factory.SelfAttribute("person")
