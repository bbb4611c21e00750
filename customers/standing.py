"""How a customer stands before it goes to the pool: its clearing sheet, its extensions (policy 4.7)."""

from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.remembered import remembered
from customers import clearing, due, extending
from customers.models import ClearingSheet, Extension, PoolRules

Status = Extension.Status
# How each state of a sheet is called and coloured.
COLORS = {clearing.MISSING: "orange", clearing.OLD: "orange", "sent_back": "red", "written": "azure", "clear": "green"}


def sheet_days() -> int:
    """Return how many days before a customer goes its clearing sheet is asked for, by the rules in force."""
    return rules_in_force().sheet_days


def rules_in_force() -> PoolRules:
    return remembered("pool-rules", due.rules_in_force)[0]


class Standing:
    """How an owned customer stands before it goes: its sheet, its lock, the extensions of its running ownership."""

    def __init__(self, customer):
        self.customer = customer

    @cached_property
    def stint(self):
        return self.customer.stints.select_related("sheet__judged_by", "sheet__written_by").get(ended_at=None)

    @property
    def sheet(self):
        return getattr(self.stint, "sheet", None)

    @property
    def sheet_state(self) -> str:
        """The sheet's state, "" for none while none is asked for."""
        state = clearing.state(self.sheet, self.customer.returns_on, self.rules.sheet_days)
        return "" if state == clearing.MISSING and not self.is_sheet_asked else state

    @property
    def is_sheet_asked(self) -> bool:
        return (self.customer.returns_on - timezone.localdate()).days <= self.rules.sheet_days

    @property
    def sheet_name(self) -> str:
        return sheet_name(self.sheet_state) if self.sheet_state else ""

    @property
    def sheet_color(self) -> str:
        return COLORS.get(self.sheet_state, "")

    @cached_property
    def rules(self) -> PoolRules:
        return rules_in_force()

    @cached_property
    def extensions(self) -> list[Extension]:
        """Those of the running ownership, newest first."""
        asked = Extension.objects.filter(customer=self.customer, stint__ended_at=None)
        return list(asked.select_related("decided_by"))

    @property
    def asked(self) -> Extension | None:
        return next((one for one in self.extensions if one.status == Status.ASKED), None)

    @property
    def refused(self) -> Extension | None:
        """The newest extension, if it was refused."""
        newest = self.extensions[0] if self.extensions else None
        return newest if newest and newest.status == Status.REFUSED else None

    @property
    def granted(self) -> int:
        return sum(one.status == Status.GRANTED for one in self.extensions)

    @property
    def left(self) -> int:
        return max(0, extending.left(self.extensions, self.rules))

    @property
    def refusal(self) -> str:
        """Why no extension can be asked for, "" when one can."""
        return extending.refusal(self.customer, self.extensions, self.rules)


def sheet_name(state: str) -> str:
    """Return how a state of `clearing.state` is called."""
    if state == clearing.MISSING:
        return _("missing")
    return _("out of date") if state == clearing.OLD else str(ClearingSheet.Status(state).label)
