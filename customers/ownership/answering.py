"""Inquiries until they are answered, and what was promised to whoever asked (policy 1.7).

Whoever took one is responsible until it is handed to a named person: the customer's owner, who is told; so no person
stands in it, and a change of owner moves it (`Inquiry.responsible`). When it was answered, and that a promise is kept
in sight, the room above says that has the contacts: it registers both when its app is ready.
"""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

# What nobody answered for longer is shown no more among what is open.
OPEN_DAYS = 90


class Promised(NamedTuple):
    """What whoever asked was promised, and by which business date."""

    text: str
    on: dt.date


ANSWERS: list[Callable] = []
KEEPERS: list[Callable] = []


def answers(function: Callable) -> Callable:
    """Register a function that returns the expression, for a query of inquiries, of when one was answered first."""
    ANSWERS.append(function)
    return function


def keeps(function: Callable) -> Callable:
    """Register a function that is called with an inquiry and what was Promised, in the transaction that writes it."""
    KEEPERS.append(function)
    return function


def with_answers(inquiries):
    """Return them each with `answered_at`, None for what is open."""
    nothing = Value(None, output_field=DateTimeField())
    return inquiries.annotate(answered_at=Coalesce(*(answer() for answer in ANSWERS), nothing, nothing))


def still_open(inquiries):
    """Return those `with_answers` that nobody answered, of the last OPEN_DAYS."""
    return inquiries.filter(answered_at=None, at__gte=timezone.now() - dt.timedelta(days=OPEN_DAYS))


def keep(inquiry, promised: Promised) -> None:
    for keeper in KEEPERS:
        keeper(inquiry, promised)
