"""A new version of the rules of the pool: what changed, from when it counts, who may save over whom (policy 4.8)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from crm.lib.looks import listed
from crm.lib.moves import TooLate
from customers.models import OwnPeriods, PoolRules, Stint
from customers.models.pool_rules import CLOCKS
from customers.ownership import applying
from jobs import errands

# What decides when a customer goes; a change of any of it gives everybody the days of grace.
PERIODS = (*CLOCKS, "first_contact_days")
SETTINGS = (
    *PERIODS, "grace_days", "brake_percent", "remind_days", "supervisor_days", "sheet_days", "extension_days",
    "extensions", "cooldown_days", "claims_a_day", "capacity", "embargo_days",
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """The rules with the own periods of grades and teams that belong to them, saved or not."""

    rules: PoolRules
    own: list[OwnPeriods]

    @classmethod
    def newest(cls) -> "Version":
        rules = PoolRules.current()
        return cls(rules, list(rules.own_periods.select_related("team")) if rules.pk else [])

    @property
    def number(self) -> int:
        """The version that a form starts from; 0 before there is any."""
        return self.rules.pk or 0

    def periods(self) -> tuple:
        own = {(row.grade, row.team_id, *(getattr(row, name) for name in CLOCKS)) for row in self.own}
        return tuple(getattr(self.rules, name) for name in PERIODS), own

    def says(self) -> tuple:
        return self.periods(), [getattr(self.rules, name) for name in SETTINGS]


def clocks_since(draft: Version, before: Version, *, today: dt.date) -> dt.date | None:
    """Return the day from which nobody falls for `grace_days`: today when a period changes, else as before.

    Whoever shortens days of grace that are running changes dates too.
    """
    old = before.rules
    if draft.periods() != before.periods():
        return today
    is_running = old.clocks_since and old.clocks_since + dt.timedelta(days=old.grace_days) > today
    return today if is_running and draft.rules.grace_days < old.grace_days else old.clocks_since


def drafted(rules: PoolRules, own: list[OwnPeriods], *, before: Version) -> Version:
    """Return what was typed as the version that it would be if saved today."""
    draft = Version(rules, own)
    rules.clocks_since = clocks_since(draft, before, today=timezone.localdate())
    return draft


@transaction.atomic
def save(rules: PoolRules, own: list[OwnPeriods], *, after: int, by) -> PoolRules | None:
    """Save a new version behind the version `after`, and let all dates follow it; None when nothing would change.

    Raises TooLate when somebody saved another meanwhile: of two at once the second waits for the first and hears of it.
    """
    list(PoolRules.objects.select_for_update().filter(pk=after))
    before = Version.newest()
    if before.number != after:
        raise TooLate(_("%(who)s saved other rules meanwhile.") % {"who": before.rules.by or _("Somebody")})
    draft = drafted(rules, own, before=before)
    if draft.says() == before.says():
        return None
    rules.by = by
    rules.save(force_insert=True)
    for row in own:
        row.rules = rules
    OwnPeriods.objects.bulk_create(own)
    errands.ask(applying.JOB, by=by)
    return rules


# In words

# The rules without their periods, which differ from version to version.
NAMES = {
    Stint.Reason.NO_DEAL: gettext_lazy("no first deal"),
    Stint.Reason.NO_SALE: gettext_lazy("no sale"),
    Stint.Reason.NO_CONTACT: gettext_lazy("no real contact"),
    Stint.Reason.NO_FIRST_CONTACT: gettext_lazy("no contact after the claim"),
}


def by_rule(numbers: dict) -> list[tuple]:
    """Return pairs of a rule's name and its number, in the order given; what no rule took is named as its reason."""
    return [(NAMES.get(rule) or Stint.Reason(rule).label, number) for rule, number in numbers.items()]


def changes(newer: Version, older: Version) -> list[dict]:
    """Return what differs as label, old and new value."""
    names = [name for name in SETTINGS if getattr(newer.rules, name) != getattr(older.rules, name)]
    found = [
        {"label": label(name), "old": shown(getattr(older.rules, name)), "new": shown(getattr(newer.rules, name))}
        for name in names
    ]
    old, new = _own_words(older), _own_words(newer)
    whose = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return found + [
        {"label": capfirst(key), "old": old.get(key) or shown(None), "new": new.get(key) or shown(None)}
        for key in whose
    ]


def label(name: str) -> str:
    return capfirst(PoolRules._meta.get_field(name).verbose_name)


def shown(value) -> str:
    if value is None:
        return pgettext("rule", "none")
    return listed(value) if isinstance(value, list) else str(value)


def _own_words(version: Version) -> dict[str, str]:
    return {_("own periods of %(whose)s") % {"whose": row}: own_words(row) for row in version.own}


def own_words(row: OwnPeriods) -> str:
    """Return the periods of a grade or a team, as far as it has any of its own."""
    parts = []
    if row.no_deal_months:
        text = ngettext(
            "%(number)d month without a first deal", "%(number)d months without a first deal", row.no_deal_months
        )
        parts.append(text % {"number": row.no_deal_months})
    if row.no_sale_months:
        text = ngettext("%(number)d month without a sale", "%(number)d months without a sale", row.no_sale_months)
        parts.append(text % {"number": row.no_sale_months})
    if row.contact_days:
        text = ngettext("%(number)d day without contact", "%(number)d days without contact", row.contact_days)
        parts.append(text % {"number": row.contact_days})
    return listed(parts)


def keeps_team(team) -> str:
    """Return why versions of the rules keep `team` from being deleted, and what helps."""
    if not OwnPeriods.objects.filter(team=team).exists():
        return ""
    text = _("Versions of the pool's rules, which stay on record, name %(team)s: rename it, or move it elsewhere.")
    return text % {"team": team}
