"""What a ticket must be after each step (policy 7), said anew without the code of the room: for its state machine."""

import datetime as dt
from dataclasses import dataclass, field

from staff.roles import Role

WORKING = (
    "received", "justified", "investigating", "proposing", "choosing", "agreeing", "acting", "answering", "calling",
)  # fmt: skip
ANY = (*WORKING, "closed")
# verb: (in which states, who may)
RULES = {
    "take": (WORKING, "colleague"),
    "judge": (("received",), "worker"),
    "assign": (("justified", "investigating", "proposing"), "worker"),
    "investigate": (("investigating",), "worker"),
    "propose": (("proposing",), "worker"),
    "put_forward": (("proposing",), "worker"),
    "choose": (("choosing",), "reviewer"),
    "send_back": (("choosing",), "reviewer"),
    "agree": (("agreeing",), "worker"),
    "refuse": (("agreeing",), "worker"),
    "act": (("acting",), "worker"),
    "review": (("answering",), "reviewer"),
    "rework": (("answering",), "reviewer"),
    "call_back": (("calling",), "worker"),
    "give_up": (("calling",), "reviewer"),
    "stop": (WORKING, "worker"),
    "resume": (WORKING, "worker"),
    "severity": (WORKING, "worker"),
    "match": (WORKING, "worker"),
    "task": (WORKING, "worker"),
    "punish": (ANY, "reviewer"),
    "answer": (ANY, "worker"),
    "hear": (ANY, "worker"),
    "note": (ANY, "colleague"),
    "reopen": (("closed",), "worker"),
}
# The next step of each state, as the track has it.
NEXT = {
    "received": "judge", "justified": "assign", "investigating": "investigate", "choosing": "choose",
    "agreeing": "agree", "acting": "act", "answering": "review", "calling": "call_back",
}  # fmt: skip
LEADERS = {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR}


@dataclass
class Known:
    """A ticket as the machine has followed it."""

    status: str = "received"
    is_suggestion: bool = False
    rounds: int = 0
    reopened: int = 0
    proposed: int = 0
    to_do: int = 0
    is_stopped: bool = False
    closed_at: dt.datetime | None = None
    days_tried: set = field(default_factory=set)

    @property
    def next_verb(self) -> str:
        if self.status == "proposing":
            return "put_forward" if self.proposed else "propose"
        return NEXT.get(self.status, "")

    def back(self) -> None:
        """The customer is not satisfied, or comes again: one round more."""
        self.status, self.rounds, self.proposed = "investigating", self.rounds + 1, 0
        self.closed_at, self.days_tried = None, set()

    def close(self, now: dt.datetime) -> None:
        self.status, self.closed_at, self.is_stopped = "closed", now, False

    def may_continue(self, now: dt.datetime, days: int) -> bool:
        return now - self.closed_at <= dt.timedelta(days=days)

    def came_again(self) -> None:
        self.back()
        self.reopened += 1


def leads(person, holder) -> bool:
    """Whether `person` leads `holder`; whoever nobody looks after is every leader's."""
    if person.role not in LEADERS:
        return False
    if holder is None or person == holder or person.role in {Role.DIRECTOR, Role.ADMINISTRATOR}:
        return True
    if person.role == Role.SUPERVISOR:
        return person.team_id == holder.team_id
    return person.team_id in holder.team.lineage


def may(who: str, person, ticket) -> bool:
    """Whether `person` is a "colleague", a "worker" or a "reviewer" of the ticket as it stands."""
    if person.role == Role.FINANCE:
        return False
    own = person.pk in {ticket.holder_id, ticket.responsible_id}
    if who == "worker":
        return own or leads(person, ticket.holder)
    return who == "colleague" or (leads(person, ticket.holder) and not own)
