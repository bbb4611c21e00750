"""The rules of the pool as one form, with the own periods of grades and teams as rows `whose-0`, `whose-1` …"""

import re

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from customers.models import Grade, OwnPeriods, PoolRules
from customers.models.pool_rules import CLOCKS
from customers.ownership.rules import SETTINGS, Version
from staff.models import Team

MOST_ROWS = 30
MOST_REMINDERS, LONGEST_REMINDER = 10, 365
# What each setting means, and the clause of the policy that it makes real.
MEANINGS = {
    "no_deal_months": _("A customer that never bought goes when its owner has had it for so long (policy 4.1)."),
    "no_sale_months": _(
        "A customer that bought goes when nothing was sold for so long under its owner; confirmed money counts "
        "(policy 4.3)."
    ),
    "contact_days": _("A customer that nobody really talked with for so long goes too. Empty: no such rule."),
    "first_contact_days": _("Whoever claims a customer talks with it so soon, or it goes back. Empty: no such rule."),
    "grace_days": _("After a change of any period nobody falls for so long, so that everybody can still act."),
    "brake_percent": _("A night that would return more than this returns nobody and asks a manager."),
    "remind_days": _("The owner gets a mail so many days before. Separated by commas; empty: no mails."),
    "supervisor_days": _("From so many days before on, the supervisor is told as well."),
    "sheet_days": _("So many days before, the owner is asked to write the clearing sheet (policy 4.7)."),
    "extension_days": _("The most that one extension may add."),
    "extensions": _("How often the time with one customer may be extended."),
    "cooldown_days": _("Nobody who had the customer before takes it again sooner. 0: at once."),
    "claims_a_day": _("Each person may take so many a day; a release gives none back. Empty: no limit."),
    "capacity": _("Whoever has so many customers takes none more. Empty: no limit."),
    "embargo_days": _("So long everybody sees a new arrival before anybody may take it. 0: at once."),
}
SECTIONS = (
    (_("When a customer goes to the pool"), ("no_deal_months", "no_sale_months", "contact_days", "first_contact_days")),
    (_("Changes and brake"), ("grace_days", "brake_percent")),
    (
        _("Before it goes"),
        ("remind_days", "supervisor_days", "sheet_days", "extension_days", "extensions"),
    ),
    (_("Taking from the pool"), ("cooldown_days", "claims_a_day", "capacity", "embargo_days")),
)
ROW = ("whose", *CLOCKS)
LONGEST = {"no_deal_months": 60, "no_sale_months": 60, "contact_days": 1000}


class RemindDaysField(forms.CharField):
    """Days as people write them, "14, 7、3", as a list from the longest down."""

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial, data):
        return True

    def clean(self, value):
        words = re.split(r"[\s,;，；、]+", super().clean(value))
        days = [word for word in words if word]
        if not all(re.fullmatch(r"[0-9]{1,3}", word) and 1 <= int(word) <= LONGEST_REMINDER for word in days):
            raise forms.ValidationError(_t("Give whole days from 1 to 365, such as 14, 7, 3, 1."))
        if len(set(days)) > MOST_REMINDERS:
            raise forms.ValidationError(_t("At most ten reminders."))
        return sorted({int(word) for word in days}, reverse=True)


class RulesForm(forms.ModelForm):
    """`after` is the version that the change starts from, `count` how many rows of own periods there are."""

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    remind_days = RemindDaysField(label=_("Reminders, days before"), max_length=100, required=False)

    class Meta:
        model = PoolRules
        fields = (*SETTINGS, "note")
        help_texts = MEANINGS

    def __init__(self, data=None, *, initial=None):
        super().__init__(data, initial=initial, instance=PoolRules())
        self.number = _number((data if data is not None else initial or {}).get("count", 0))
        self.fields["remind_days"].help_text = MEANINGS["remind_days"]
        whose = _choices()
        for n in range(self.number):
            for name in ROW:
                self.fields[f"{name}-{n}"] = _field(name, whose)

    @property
    def sections(self):
        return [(heading, [self[name] for name in names]) for heading, names in SECTIONS]

    @property
    def rows(self):
        return [[self[f"{name}-{n}"] for name in ROW] for n in range(self.number)]

    @property
    def own(self) -> list[OwnPeriods]:
        data = self.cleaned_data
        return [_row(data[f"whose-{n}"], {name: data[f"{name}-{n}"] for name in CLOCKS}) for n in range(self.number)]

    def clean(self):
        data = super().clean()
        seen = set()
        for n in range(self.number):
            whose = data.get(f"whose-{n}")
            if whose in seen:
                self.add_error(f"whose-{n}", _t("There is a row for it already: put the periods together."))
            seen.add(whose)
            names = [f"{name}-{n}" for name in CLOCKS]
            if all(name in data and data[name] is None for name in names):
                self.add_error(names[0], _t("Give at least one period, or remove the row."))
        return data

    def begin_from(self, version: int) -> None:
        """Let what was typed be sent once more, now knowingly over `version`."""
        self.data = self.data.copy()
        self.data["after"] = version


def start(version: Version) -> dict:
    """Return what the form shows first: the rules as `version` has them."""
    values = {name: getattr(version.rules, name) for name in SETTINGS}
    rows = [{"whose": _key(row)} | {name: getattr(row, name) for name in CLOCKS} for row in version.own]
    return values | _spread(rows) | {"after": version.number}


def rearranged(data, do: str) -> dict:
    """Return what was typed with a row of own periods more ("add") or less ("remove-2")."""
    rows = [{name: data.get(f"{name}-{n}", "") for name in ROW} for n in range(_number(data.get("count", "")))]
    verb, _dash, which = do.partition("-")
    if verb == "add" and len(rows) < MOST_ROWS:
        rows.append(dict.fromkeys(ROW, ""))
    elif verb == "remove" and which.isascii() and which.isdigit() and int(which) < len(rows):
        rows.pop(int(which))
    return {name: data.get(name, "") for name in (*SETTINGS, "note", "after")} | _spread(rows)


def _number(text) -> int:
    text = str(text)
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _spread(rows):
    return {"count": len(rows)} | {f"{name}-{n}": row[name] for n, row in enumerate(rows) for name in ROW}


def _key(row) -> str:
    return f"grade-{row.grade}" if row.grade else f"team-{row.team_id}"


def _row(whose, periods) -> OwnPeriods:
    kind, _dash, which = whose.partition("-")
    return OwnPeriods(**({"grade": which} if kind == "grade" else {"team_id": int(which)}), **periods)


def _choices():
    grades = [(f"grade-{code}", name) for code, name in Grade.choices]
    teams = [(f"team-{team.pk}", team.name) for team in Team.objects.order_by("path").only("name")]
    return [("", "—"), (_t("Grades"), grades), (_t("Teams"), teams)]


def _field(name, whose):
    if name == "whose":
        return forms.ChoiceField(label=pgettext("rules", "For whom"), choices=whose)
    label = capfirst(OwnPeriods._meta.get_field(name).verbose_name)
    most = LONGEST[name]
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False)
