"""For whom a plan is: customers by a pasted list of codes and names, or by a segment (policy 6.1).

Only customers that people in the sight of whoever writes own can be chosen; what lies out of sight answers as if it
did not exist.
"""

import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm.lib.looks import listed
from customers.fields import romanise
from customers.models import Customer
from plans.models import Plan
from staff.models import User


@dataclass(frozen=True)
class Segment:
    """What customers have in common: a grade of these, `area` anywhere in the address, industry, team, owner (ids)."""

    grades: tuple[str, ...] = ()
    area: str = ""
    industry: str = ""
    team: int | None = None
    owner: int | None = None

    def as_dict(self) -> dict:
        return {name: value for name, value in asdict(self).items() if value}


def reach(user, plan: Plan | None = None) -> QuerySet[Customer]:
    """Return whom `user` may choose: the customers in their sight, and in that of the author whom they help."""
    customers = Customer.objects.owned_visible_to(user)
    if plan is None or plan.author_id == user.pk:
        return customers
    return customers.owned_visible_to(plan.author)


def fitting(segment: Segment, customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return those of `customers` that are of the segment."""
    if segment.grades:
        customers = customers.filter(grade__in=segment.grades)
    if segment.industry:
        customers = customers.filter(industry=segment.industry)
    if segment.owner:
        customers = customers.filter(owner=segment.owner)
    if segment.team:
        people = User.objects.filter(team__lineage__contains=[segment.team])
        customers = customers.filter(owner__in=list(people.values_list("pk", flat=True)))
    if segment.area:
        customers = customers.filter(address__icontains=segment.area)
    return customers


@dataclass
class Found:
    """The ids that a pasted list names, and what is wrong with its other lines, each said with its number."""

    customers: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def named(text: str, *, reach: QuerySet[Customer], user) -> Found:
    """Return the customers that `text` names, one a line by code or whole name; of a table the first column counts."""
    lines = [(n, line.split("\t")[0].strip()) for n, line in enumerate(text.splitlines(), start=1)]
    lines = [(n, words) for n, words in lines if words]
    by_code, by_name = _known({words for _n, words in lines}, user)
    hits = {words: by_code.get(_key(words)) or by_name[_key(words)] for _n, words in lines}
    within = set(reach.filter(pk__in=[row[0] for rows in hits.values() for row in rows]).values_list("pk", flat=True))
    found = Found()
    for number, words in lines:
        problem = _problem(words, hits[words], within)
        if problem:
            found.problems.append(_("Line %(number)d: %(problem)s") % {"number": number, "problem": problem})
        elif hits[words][0][0] not in found.customers:
            found.customers.append(hits[words][0][0])
    return found


def _known(texts, user):
    """Return the customers in sight, as (id, code, owner), by what they may be called: code, name."""
    texts |= {unicodedata.normalize("NFKC", text) for text in texts}
    codes = texts | {text.upper() for text in texts}
    # A name is found through its romanised form, which has an index.
    names = Q(pinyin__in={romanise(text) for text in texts}, name__in=texts)
    by_code, by_name = {}, defaultdict(list)
    rows = Customer.objects.visible_to(user).filter(Q(code__in=codes) | names).order_by("code")
    for pk, code, owner, name in rows.values_list("pk", "code", "owner", "name"):
        by_code[_key(code)] = [(pk, code, owner)]
        by_name[_key(name)].append((pk, code, owner))
    return by_code, by_name


def _key(text):
    return unicodedata.normalize("NFKC", text).casefold()


def _problem(words, rows, within):
    """Return what keeps `words` from naming one customer that may be chosen, with the cure; "" when nothing does."""
    words = words[:60]
    if not rows:
        return _("“%(words)s” is no customer in your sight. Write the code or the whole name.") % {"words": words}
    if len(rows) > 1:
        codes = listed(code for _pk, code, _owner in rows)
        return _("several customers are called “%(words)s”. Write the code: %(codes)s.") % {
            "words": words,
            "codes": codes,
        }
    pk, _code, owner = rows[0]
    if pk in within:
        return ""
    if owner is None:
        return _("“%(words)s” lies in the pool. Somebody has to claim it first.") % {"words": words}
    return _("“%(words)s” belongs to somebody whose work you do not lead.") % {"words": words}
