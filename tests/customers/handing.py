"""Handovers as the tests open and carry them out: of everything, to one person."""

from customers.models import Handover
from customers.ownership import handover_split, handovers, splitting
from customers.ownership.handover_work import carry_out


def opened(leaver, by, **fields):
    return handovers.open_for(leaver, why=fields.pop("why", Handover.Why.LEAVING), by=by, **fields)


def all_to(handover, person, by):
    handover_split.apply(handover, lambda rows: splitting.to_one(rows, person.pk), only_open=False, by=by)
    handover_split.give_rest(handover, person, by=by)


def handed_over(leaver, heir, by, **fields):
    handover = opened(leaver, by, **fields)
    all_to(handover, heir, by)
    carry_out(handover, by=by)
    return handover


def by_kind(handover, **filters):
    found = {}
    for item in handover.items.filter(**filters):
        found.setdefault(item.kind, []).append(item)
    return found
