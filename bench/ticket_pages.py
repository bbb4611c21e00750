"""What the pages of complaints may cost: queue, board, ticket and similar cases 1.5 × the floor page."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from bench.pages import EVERY_ROLE, WIDE_AND_NARROW, Page
from complaints.models import Ticket
from complaints.queues import queues_of
from staff.models import User
from staff.roles import Role

# What the page of a ticket shows: thread, history, solutions, actions, who may be named, similar cases.
QUERIES = 18
STATES = (Ticket.Status.RECEIVED, Ticket.Status.CHOOSING, Ticket.Status.ACTING, Ticket.Status.CLOSED)
TEXTS = {"two characters": "少了", "number": "004711", "a customer": "丝绸", "one character": "箱"}


def pages(who: dict[str, User]) -> Iterator[Page]:
    queue, board = reverse("complaints:queue"), reverse("complaints:board")
    quarter = timezone.localdate() - dt.timedelta(days=90)
    for role in EVERY_ROLE:
        for tab in queues_of(who[role]):
            yield Page(f"complaints, {tab.key}", role, f"{queue}?tab={tab.key}", True)
        yield Page("complaints, board", role, board, True)
        yield Page("complaints, cases", role, reverse("complaints:cases"), True)
        yield Page("complaints, mentions", role, reverse("complaints:mentions"), True)
        for state in STATES:
            yield from _ticket(who[role], state)
        yield Page("complaints, what they teach", role, reverse("complaints:learn"))
    for role in WIDE_AND_NARROW:
        # What a representative sees of the found is little: it is asked of each, so these have no budget.
        is_wide = role == Role.DIRECTOR
        for name, text in TEXTS.items():
            yield Page(f"complaints, q is {name}", role, f"{queue}?tab=all&q={text}", is_wide)
        yield Page("complaints, late", role, f"{queue}?tab=open&clock=late", is_wide)
        yield Page("complaints, cause", role, f"{queue}?tab=all&cause=quantity&since={quarter}", is_wide)
        yield Page("complaints, cases, two characters", role, f"{reverse('complaints:cases')}?q=少了", True)
    yield Page("complaints, receive", Role.REPRESENTATIVE, reverse("complaints:add"), True)


def _ticket(person, state):
    found = Ticket.objects.visible_to(person).filter(status=state).order_by("-received_at").first()
    if found:
        name = f"complaints, a ticket with similar cases, {state.value}"
        yield Page(name, person.role, found.get_absolute_url(), True, query_limit=QUERIES)
