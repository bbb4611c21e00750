"""The lessons as the page shows them: pictures, tables, and the address of the tickets behind each number."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.choices import Cause, Department, Kind
from complaints.filters import NONE
from complaints.learning import SPANS, STEPS, WHOLE, Group, Lessons
from crm.lib.dates import add_months
from crm.lib.looks import money, number
from customers.models import Grade

STEP_TITLES = {
    "judge": gettext_lazy("Judge"),
    "assign": gettext_lazy("Responsible"),
    "investigate": gettext_lazy("Investigate"),
    "put_forward": gettext_lazy("Propose"),
    "choose": gettext_lazy("Choose"),
    "agree": gettext_lazy("Agree"),
    "act": gettext_lazy("Carry out"),
    "review": gettext_lazy("Review the answer"),
    "call_back": gettext_lazy("Call back"),
}
TABLES = (
    ("cause", gettext_lazy("Causes"), Cause, gettext_lazy("not known yet")),
    ("department", gettext_lazy("Responsible departments"), Department, gettext_lazy("none named")),
    ("grade", gettext_lazy("Grades of the customers"), Grade, gettext_lazy("no grade, or not known")),
    ("product", gettext_lazy("Products"), None, ""),
)


def page(lessons: Lessons) -> dict:
    """Return what the page of lessons shows."""
    return {
        "lessons": lessons,
        "spans": [(days, _("last %(days)d days") % {"days": days}) for days in SPANS],
        "stats": _stats(lessons),
        "tables": [_table(lessons, *table) for table in TABLES],
        "months": _months(lessons),
        "steps": (steps := _steps(lessons)),
        "longest": max((minutes for _title, minutes, *_rest in steps), default=0) or 1,
    }


def address(lessons: Lessons | None = None, **words) -> str:
    """Return the address of the tickets that a number counts."""
    if lessons:
        words = {"since": lessons.since, "until": lessons.until} | words
    return f"{reverse('complaints:queue')}?{urlencode({'tab': 'all'} | words)}"


def _stats(lessons):
    found, took = lessons.all, lessons.took.get(WHOLE)
    now, before = found.now, found.before
    return {
        "received": (number(now.number), address(lessons), _change(now.number, before.number)),
        "again": (_percent(now.share_again), _before(_percent(before.share_again))),
        "took": (_hours(took[0]) if took else "—", took[1] if took else 0),
        "cost": (money(now.cost), _before(money(before.cost))),
        "satisfaction": (_stars(now.satisfaction), _before(_stars(before.satisfaction))),
    }


def _table(lessons, group, title, choices, unknown):
    names = dict(choices.choices) if choices else {}
    rows = [
        _row(lessons, group, one, capfirst(str(names.get(one.key, one.key) or unknown))) for one in lessons.by(group)
    ]
    most = max((one.now.number for one in lessons.by(group)), default=0)
    return {"group": group, "title": title, "rows": rows, "most": most or 1}


def _row(lessons, group, one: Group, label):
    url = address(lessons, **{group: one.key or NONE}) if one.now.number else ""
    known = group == "cause" and one.key
    return {
        "label": label,
        "number": one.now.number,
        "url": url,
        "before": number(one.before.number),
        "is_more": one.now.number > one.before.number,
        "again": _percent(one.now.share_again) if one.now.number else "—",
        "cost": money(one.now.cost),
        "satisfaction": _stars(one.now.satisfaction),
        "measures": f"{reverse('complaints:measures')}?{urlencode({'cause': one.key})}" if known else "",
    }


def _months(lessons):
    def series(kind, color):
        values = [lessons.received(month, kind) for month in lessons.months]
        urls = [_month_url(month, kind) for month in lessons.months]
        return {"name": str(kind.label), "values": values, "urls": urls, "color": color}

    both = [series(Kind.COMPLAINT, "orange"), series(Kind.SUGGESTION, "azure")]
    return {"kind": "bar", "labels": [f"{month:%Y-%m}" for month in lessons.months], "series": both}


def _month_url(month, kind):
    last = add_months(month, 1).replace(day=1)
    return address(since=month, until=last.fromordinal(last.toordinal() - 1), kind=kind.value)


def _steps(lessons):
    """Return (step, median minutes, in words, how often it was taken) of each step that was, in order."""
    found = [(STEP_TITLES[verb], *lessons.took[verb]) for verb in STEPS if verb in lessons.took]
    return [(title, round(hours * 60), _hours(hours), number(taken)) for title, hours, taken in found]


def _change(now, before):
    return _("before: %(number)s") % {"number": number(before)} if before or now else ""


def _before(text):
    return _("before: %(number)s") % {"number": text}


def _percent(share):
    return "—" if share is None else f"{share} %"


def _stars(value):
    return "—" if value is None else f"{value:.1f} ★"


def _hours(hours):
    if hours < 1:
        return _("%(minutes)d min") % {"minutes": round(hours * 60)}
    return _("%(hours)s h") % {"hours": f"{hours:.1f}".removesuffix(".0")}
