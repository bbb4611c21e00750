"""A dispute as somebody may see it: the two sides beside each other, with what was known when it arose.

Whoever sees the customer reads both sides, but for the claimant. Whoever sees the claimant alone, as the claimant does,
reads the claim and what the claimant did; of the owner only the team (policy 1.8).
"""

from dataclasses import dataclass, field

from django.utils.dateparse import parse_date, parse_datetime

from customers import permissions
from customers.choices import Channel
from customers.models import Customer, Dispute, Stint
from staff.models import User
from staff.permissions import is_in_sight


@dataclass
class Side:
    """What one of the two has to show."""

    title: str
    is_owner: bool
    is_winner: bool = False
    stints: list[dict] = field(default_factory=list)
    inquiries: list[dict] = field(default_factory=list)
    contacts: dict = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.stints or self.inquiries or self.contacts)


@dataclass
class Case:
    """A dispute, and how much of it a person may see."""

    dispute: Dispute
    user: User
    is_seen: bool

    @classmethod
    def of(cls, dispute: Dispute, user) -> "Case":
        return cls.listed([dispute], user)[0]

    @classmethod
    def listed(cls, disputes: list[Dispute], user) -> list["Case"]:
        """Return the cases of `disputes`; whose customers are in sight, in one question."""
        pks = [one.customer_id for one in disputes]
        seen = set(Customer.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))
        return [cls(one, user, one.customer_id in seen) for one in disputes]

    @property
    def is_open_book(self) -> bool:
        return self.is_seen and self.user.pk != self.dispute.claimant_id

    @property
    def customer(self) -> Customer | None:
        """Return the customer if it may be seen; else the claimant knows it by their own inquiry only."""
        return self.dispute.customer if self.is_seen else None

    @property
    def owner_name(self) -> str:
        return str(self.dispute.owner) if self._reads(self.dispute.owner) else ""

    @property
    def owner_team(self) -> str:
        team = self.dispute.owner.team
        return team.name if team else ""

    @property
    def may_decide(self) -> bool:
        return self.dispute.decided_at is None and permissions.may_decide(self.user, self.dispute)

    @property
    def waits_for_me(self) -> bool:
        return self.dispute.decided_at is None and self.user.pk in self.dispute.asked

    @property
    def is_claimants_now(self) -> bool:
        return self.dispute.winner_id == self.dispute.claimant_id

    @property
    def third(self):
        """Return who has the customer meanwhile, if neither of the two has."""
        owner = self.dispute.customer.owner
        return owner if owner and owner.pk not in {self.dispute.owner_id, self.dispute.claimant_id} else None

    @property
    def sides(self) -> list[Side]:
        both = ((self.dispute.claimant, False), (self.dispute.owner, True))
        return [self._side(person, is_owner) for person, is_owner in both if self._reads(person)]

    def _reads(self, person) -> bool:
        return self.is_open_book or is_in_sight(self.user, person.pk)

    def _side(self, person, is_owner):
        side = Side(str(person), is_owner, self.dispute.winner_id == person.pk)
        side.stints = [_stint(row) for row in self._rows("stints") if row["person"] == person.pk]
        side.inquiries = [_inquiry(row) for row in self._rows("inquiries") if row["person"] == person.pk]
        side.contacts = next((_contacts(row) for row in self._rows("contacts") if row["person"] == person.pk), {})
        return side

    @property
    def others(self) -> list[dict]:
        """Return the times with others and in pools, for whoever sees the customer."""
        both = {self.dispute.owner_id, self.dispute.claimant_id}
        rows = self._rows("stints") if self.is_open_book else ()
        return [_stint(row) for row in rows if row["person"] not in both]

    @property
    def orders(self) -> list[dict]:
        """Return orders and payments as they stood, for whoever sees the customer and its money."""
        rows = self._rows("orders") if self.is_open_book else ()
        return [row | {"at": parse_datetime(row["at"])} for row in rows]

    @property
    def first_order(self) -> dict:
        """Return the order that raised the dispute."""
        found = self.dispute.evidence
        return found | {"paid_on": parse_date(found["paid_on"])} if found.get("order") else {}

    def _rows(self, kind) -> list[dict]:
        return self.dispute.evidence.get(kind, [])


def _stint(row):
    until = row["until"] and parse_datetime(row["until"])
    reasons = [Stint.Reason(row[name]).label for name in ("began", "ended") if row[name]]
    return row | {"from": parse_datetime(row["from"]), "until": until, "reasons": reasons}


def _inquiry(row):
    return row | {"at": parse_datetime(row["at"]), "channel": Channel(row["channel"]).label}


def _contacts(row):
    return row | {"first": parse_datetime(row["first"]), "last": parse_datetime(row["last"])}
