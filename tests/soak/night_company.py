"""Fills the database named in the environment with a company whose night has something to do, after migrating it."""

import datetime as dt

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - models are there from now on only
from django.utils import timezone  # noqa: E402

from customers.models import Customer, PoolRules, Turnover  # noqa: E402
from staff.models import Team, User  # noqa: E402

DUE, SOON, POOLED = 400, 60, 40


def fill():
    call_command("migrate", verbosity=0)
    today = timezone.localdate()
    team = Team.objects.create(name="一组", path="一组", lineage=[])
    head = User.objects.create(username="head", name="主管", role="supervisor", team=team, email="head@example.com")
    Team.objects.update(head=head, lineage=[team.pk])
    people = [
        User.objects.create(username=f"rep{n}", name=f"员工{n}", team=team, email=f"rep{n}@example.com")
        for n in range(8)
    ]
    PoolRules.objects.update(brake_percent=100)
    long_ago, lately = today - dt.timedelta(days=200), today - dt.timedelta(days=54)
    owned = [
        Customer(code=f"D{n:03}", name=f"客户{n}", owner=people[n % 8], owned_since=long_ago, grade="A")
        for n in range(DUE)
    ]
    owned += [Customer(code=f"S{n:03}", name=f"快了{n}", owner=people[n % 8], owned_since=lately) for n in range(SOON)]
    pooled = [Customer(code=f"P{n:03}", name=f"公海{n}", pooled_at=timezone.now()) for n in range(POOLED)]
    made = Customer.objects.bulk_create([*owned, *pooled])
    month = today.replace(day=1)
    Turnover.objects.bulk_create(
        Turnover(customer=customer, month=month, amount=60_000, orders=1) for customer in made[:100]
    )


if __name__ == "__main__":
    fill()
