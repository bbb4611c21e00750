"""How a customer stands before it goes to the pool: its clearing sheet, its extensions (policy 4.7)."""

from functools import cached_property

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.lib.remembered import remembered
from customers.models import ClearingSheet, Extension, OwnPeriods, PoolRules
from customers.ownership import clearing, due, extending

Status = Extension.Status
# How each state of a sheet is called and coloured.
COLORS = {clearing.MISSING: "orange", clearing.OLD: "orange", "sent_back": "red", "written": "azure", "clear": "green"}


def rules_in_force() -> tuple[PoolRules, list[OwnPeriods]]:
    """Return the rules for showing what they say, remembered for moments; what decides asks for them anew."""
    return remembered("pool-rules", due.rules_in_force)


class Standing:
    """How an owned customer stands before it goes: its sheet and the extensions of its running ownership.

    `rules` are those in force, if the caller knows them.
    """

    def __init__(self, customer, rules: PoolRules | None = None):
        self.customer = customer
        self.rules = rules or rules_in_force()[0]

    @cached_property
    def stints(self) -> list:
        """The running ownership and the one before, with their sheets."""
        stints = self.customer.stints.owned().select_related("sheet__judged_by", "sheet__written_by")
        has_extensions = Exists(Extension.objects.filter(stint=OuterRef("pk")))
        return list(stints.annotate(has_extensions=has_extensions)[:2])

    @property
    def sheet(self) -> ClearingSheet | None:
        return getattr(self.stints[0], "sheet", None)

    @property
    def sheet_before(self) -> ClearingSheet | None:
        """What the last owner wrote, which the owner of now reads."""
        return getattr(self.stints[1], "sheet", None) if len(self.stints) > 1 else None

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
    def extensions(self) -> list[Extension]:
        """Those of the running ownership, newest first."""
        running = self.stints[0]
        return list(running.extensions.select_related("decided_by")) if running.has_extensions else []

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
        return pgettext("clearing sheet", "missing")
    return _("out of date") if state == clearing.OLD else str(ClearingSheet.Status(state).label)
