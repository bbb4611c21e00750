"""What a handover lists of complaints: tickets looked after or answered for, actions, measures, the desk (policy 7)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints.models import Action, Countermeasure, Desk, Step, Ticket
from customers.ownership.handing_over import BEFORE, Column, Held, Kind, known, register


def _steps(rows, work, verb, data):
    people = known({row.was for row in rows} | {work.leaver.pk})
    Step.objects.bulk_create(
        Step(ticket=row, verb=verb, by=work.by, at=work.at, round=row.rounds, note=work.note, data=data(row, people))
        for row in rows
    )


def _tickets(column):
    def held(person):
        found = column.of(person).order_by("number").only("number", "subject", "customer")
        return [Held(ticket.pk, str(ticket), ticket.customer_id) for ticket in found]

    return held


def _looked_after(rows, work):
    _steps(rows, work, "take", lambda row, people: {"from": str(people.get(row.was) or "")})


def _answered_for(rows, work):
    names = known(row.responsible_id for row in rows)
    facts = lambda row: {"department": row.department, "promised_on": row.promised_on}  # noqa: E731
    _steps(rows, work, "assign", lambda row, _people: facts(row) | {"person": str(names[row.responsible_id])})


HELD = Column(Ticket.objects.open, "holder", told=_looked_after)
ANSWERED = Column(Ticket.objects.open, "responsible", told=_answered_for)


def _hold(listed) -> None:
    """Hold all tickets that a handover concerns, in the order of their ids."""
    own = Q(pk__in=[*listed.get("ticket", ()), *listed.get("responsible", ())])
    tickets = Ticket.objects.filter(own | Q(actions__in=listed.get("action", ()))).values("pk")
    held = Ticket.objects.filter(pk__in=tickets).order_by("pk")
    list(held.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _ticket_kind(code, title, count, column, rank, icon):
    return register(
        Kind(
            code=code,
            title=title,
            count=count,
            icon=icon,
            held=_tickets(column),
            number=column.number,
            give=column.give,
            give_back=column.give_back,
            rank=rank,
            phase=BEFORE,
            hold=_hold,
            stays=_("It was closed or taken over meanwhile."),
        )
    )


_ticket_kind(
    "ticket",
    _("Complaints looked after"),
    ngettext_lazy("%(number)d complaint", "%(number)d complaints", "number"),
    HELD,
    50,
    "message-exclamation",
)
_ticket_kind(
    "responsible",
    _("Responsible for a complaint"),
    ngettext_lazy("responsible for %(number)d complaint", "responsible for %(number)d complaints", "number"),
    ANSWERED,
    51,
    "user",
)


# Actions: what somebody has to do for a ticket.


def _open_actions():
    return Action.objects.filter(done_at=None)


def _tell_actions(rows, work):
    """Write in each ticket's history who does it now; of a consequence for staff leaders alone read."""
    names = known(row.person_id for row in rows)
    Step.objects.bulk_create(
        Step(
            ticket_id=row.ticket_id,
            verb="punish" if row.kind == Action.Kind.CONSEQUENCE else "task",
            by=work.by,
            at=work.at,
            note=work.note,
            data={"kind": row.kind, "text": row.text, "due_on": row.due_on, "person": str(names[row.person_id])},
        )
        for row in rows
    )


DOING = Column(_open_actions, "person", told=_tell_actions)


def _actions(person):
    found = DOING.of(person).select_related("ticket").order_by("due_on", "pk")
    return [Held(one.pk, f"{one.ticket.number} {one.text} {one.due_on}", one.ticket.customer_id) for one in found]


register(
    Kind(
        code="action",
        title=_("To do for a complaint"),
        count=ngettext_lazy(
            "%(number)d thing to do for a complaint", "%(number)d things to do for complaints", "number"
        ),
        icon="list-check",
        held=_actions,
        number=DOING.number,
        give=DOING.give,
        give_back=DOING.give_back,
        rank=52,
        phase=BEFORE,
        hold=_hold,
        stays=_("It was done or given on meanwhile."),
    )
)


# Countermeasures, and who receives what comes by form and mail.

DESK = _("Receives what comes by form and mail")
SEEN_TO = Column(lambda: Countermeasure.objects.filter(done_at=None), "owner")
RECEIVING = Column(Desk.objects.all, "person")


def _measures(person):
    return [Held(one.pk, f"{one.text} {one.due_on}") for one in SEEN_TO.of(person).order_by("due_on", "pk")]


register(
    Kind(
        code="measure",
        title=_("Countermeasures"),
        count=ngettext_lazy("%(number)d countermeasure", "%(number)d countermeasures", "number"),
        icon="tool",
        held=_measures,
        number=SEEN_TO.number,
        give=SEEN_TO.give,
        give_back=SEEN_TO.give_back,
        rank=53,
        phase=BEFORE,
        stays=_("It was done or given on meanwhile."),
    )
)
register(
    Kind(
        code="desk",
        title=_("The desk for complaints"),
        count=ngettext_lazy("%(number)d desk for complaints", "%(number)d desks for complaints", "number"),
        icon="inbox",
        held=lambda person: [Held(one.pk, str(DESK)) for one in RECEIVING.of(person)],
        number=RECEIVING.number,
        give=RECEIVING.give,
        give_back=RECEIVING.give_back,
        rank=54,
        phase=BEFORE,
    )
)
