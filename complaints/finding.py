"""Finding tickets by number, by words of the subject, by who complains; and cases by words of the title.

Subjects and titles are matched through their one- and two-character grams, as the names of customers are.
"""

import re

from django.db.models import Q
from django.utils import timezone

from complaints.receiving import number_of
from customers.models import Customer
from customers.search import grams, normalise
from customers.search import matching as customers_matching

# So many of the customers that a text finds are enough to narrow by.
CUSTOMERS = 200
NUMBER = re.compile(r"\d{4}-\d{0,6}")
DIGITS = 6
# The longest grams that are kept: what is no longer needs no second look.
GRAM = 2
# Tickets are numbered anew with each year in front.
YEARS = 10


def matching(tickets, text: str, *, user):
    """Return those of the queryset `tickets` that `text` finds, as far as `user` may know."""
    text = normalise(text)
    if not text:
        return tickets
    if NUMBER.fullmatch(text):
        return tickets.filter(number__startswith=text)
    found = by_words(text, "subject", "reporter")
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        found |= Q(number__in=_numbers(int(text)))
    named = customers_matching(Customer.objects.visible_to(user), text, user=user)
    ids = list(named.order_by().values_list("pk", flat=True)[:CUSTOMERS])
    return tickets.filter(found | Q(customer__in=ids) if ids else found)


def by_words(text: str, *names: str) -> Q:
    """Return the condition that one of the columns `names`, whose grams are kept, holds `text`."""
    text = normalise(text)
    wanted = grams(text)
    if not wanted:
        return Q()
    exact = Q()
    if len(text) > GRAM:
        for name in names:
            exact |= Q(**{f"{name}__icontains": text})
    return Q(grams__contains=wanted) & exact


def _numbers(number: int) -> list[str]:
    year = timezone.localdate().year
    return [number_of(year - n, number) for n in range(YEARS)]
