"""The brake: a night that would return too many customers returns nobody and asks a manager (policy 4)."""

import datetime as dt

from django.utils.translation import gettext as _

from customers.models import Customer, PoolRules
from staff import notices
from staff.models import User
from staff.roles import Role

# Whoever may let a stopped night go on.
ASKED = (Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR)


class Brake(Exception):
    """The return of a date would take more customers than it may unasked."""

    def __init__(self, facts: dict):
        super().__init__(
            _(
                "%(due)d of %(owned)d customers would return to the pool, more than %(percent)d %%. "
                "Nobody was returned; confirm it to let them go."
            )
            % facts
        )
        self.facts = facts


def facts(*, on: dt.date) -> dict:
    """Return how many of how many owned customers are due on `on`, and the percentage that may go unasked."""
    customers = Customer.objects
    percent = PoolRules.current().brake_percent
    return {"due": customers.due_to_return(by=on).count(), "owned": customers.owned().count(), "percent": percent}


def holds(facts: dict) -> bool:
    return facts["due"] * 100 > facts["owned"] * facts["percent"]


def check(*, on: dt.date) -> None:
    """Raise Brake when too many are due on `on`."""
    found = facts(on=on)
    if holds(found):
        raise Brake(found)


def stopped(*, on: dt.date) -> dict | None:
    """Return the facts of a night that must not return anybody, and tell the managers; None when it may go on."""
    found = facts(on=on)
    if not holds(found):
        return None
    asked = User.objects.active().filter(role__in=ASKED)
    notices.write_to(list(asked.values_list("pk", flat=True)), lambda: _words(found))
    return found


def _words(found):
    return _("The night stopped: %(due)d of %(owned)d customers would return to the pool") % found
