"""What differs between two frozen wordings of a plan, in the reader's words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.looks import listed, money
from plans import content
from plans.models import Goal, Line, Plan
from plans.questions import QUESTIONS

NAMES_SHOWN = 5


@dataclass(frozen=True)
class Change:
    """One difference: of what, how it was ("" when it is new) and how it is ("" when it is gone).

    `line` is the id of the line it is about.
    """

    title: str
    old: str
    new: str
    line: int | None = None


def between(old: dict, new: dict) -> list[Change]:
    """Return what changed from the document `old` to `new`, as people read a plan: money last."""
    return [
        *_words(old, new),
        *_answers(old["answers"], new["answers"]),
        *_listed(old["goals"], new["goals"], _("Goal %d"), _goal),
        *_listed(old["lines"], new["lines"], _("Measure %d"), _line, by_line=True),
        *_customers(old["customers"], new["customers"]),
        *_budget(old, new),
    ]


def _words(old, new) -> Iterator[Change]:
    for name in (*content.WORDS, *content.DAYS):
        if old[name] != new[name]:
            title = str(Plan._meta.get_field(name).verbose_name)
            yield Change(title[:1].upper() + title[1:], old[name] or "", new[name] or "")


def _answers(old, new) -> Iterator[Change]:
    for key, question in QUESTIONS.items():
        if old.get(key, "") != new.get(key, ""):
            yield Change(str(question), old.get(key, ""), new.get(key, ""))


def _listed(old, new, title, say, *, by_line=False) -> Iterator[Change]:
    """Compare rows by id; the number in a title is the row's place in the newer document, else in the older."""
    before = {row["id"]: say(row) for row in old}
    after = {row["id"]: say(row) for row in new}
    places = {row["id"]: n for rows in (old, new) for n, row in enumerate(rows, start=1)}
    for pk in sorted(before.keys() | after.keys(), key=lambda pk: (places[pk], pk)):
        was, now = before.get(pk, ""), after.get(pk, "")
        if was != now:
            yield Change(title % places[pk], was, now, pk if by_line else None)


def _goal(row):
    label = str(Goal.Measure(row["measure"]).label)
    return " · ".join(part for part in (label, row["target"].removesuffix(".00"), row["text"]) if part)


def _line(row):
    """Say a line in one text, so that any difference shows."""
    period = f"{row['starts_on'] or ''} – {row['ends_on'] or ''}" if row["starts_on"] or row["ends_on"] else ""
    cost = _("%(amount)s yuan") % {"amount": money(content.amount(row))}
    many = "" if row["quantity"] == "1.00" else f"{row['quantity'].removesuffix('.00')} × {money(row['unit_price'])}"
    parts = (str(Line.Kind(row["kind"]).label), row["what"], row["how"], row["people"], period, many, cost)
    return " · ".join(part for part in parts if part)


def _customers(old, new) -> Iterator[Change]:
    before, after = ({pk: name for pk, name, _grade in rows} for rows in (old, new))
    gone = [name for pk, name in before.items() if pk not in after]
    come = [name for pk, name in after.items() if pk not in before]
    if gone or come:
        yield Change(_("Customers"), _some(gone), _some(come))


def _some(names):
    shown = listed(names[:NAMES_SHOWN])
    rest = len(names) - NAMES_SHOWN
    return shown + (ngettext(" and %d more", " and %d more", rest) % rest if rest > 0 else "")


def _budget(old, new) -> Iterator[Change]:
    was, now = content.budget(old), content.budget(new)
    if was != now:
        yield Change(_("Budget in all"), money(was), money(now))
