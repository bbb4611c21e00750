"""A version of the approval chain: its steps in order (policy 6.2)."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from plans.models import Chain, ChainStep
from staff.models import Team, User
from staff.permissions import DECIDERS

MOST_STEPS = 10
MOST_DAYS = 60
FIELDS = ("role", "above", "stand_in", "remind_days", "escalate_days")
FRESH = {"role": "director", "above": "", "stand_in": "", "remind_days": 2, "escalate_days": 4}


class ChainForm(forms.Form):
    """What changes, and the steps as fields `role-0`, `role-1` … of one form; `count` says how many there are.

    `after` is the version that the change starts from, `team` whose plans the preview is about.
    """

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_STEPS)
    note = forms.CharField(label=_("What changes, and why"), max_length=300)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Whom would it ask about a plan of"), required=False)

    def __init__(self, data=None, *, initial=None):
        super().__init__(data, initial=initial)
        self.fields["team"].queryset = Team.objects.order_by("path")
        asked = str((data or initial or {}).get("count", 1))
        self.number = min(max(int(asked) if asked.isascii() and asked.isdigit() else 1, 1), MOST_STEPS)
        deciders = User.objects.active().filter(role__in=DECIDERS).order_by("name")
        for n in range(self.number):
            for name in FIELDS:
                self.fields[f"{name}-{n}"] = _field(name, deciders)

    @staticmethod
    def start(chain: Chain) -> dict:
        """Return what the form shows first: the steps of `chain`."""
        steps = list(chain.steps.all())
        return spread(
            [{name: getattr(s, ChainStep._meta.get_field(name).attname) for name in FIELDS} for s in steps]
        ) | {"after": chain.number}

    @property
    def rows(self):
        """Return the bound fields of each step."""
        return [[self[f"{name}-{n}"] for name in FIELDS] for n in range(self.number)]

    def clean(self):
        data = super().clean()
        for n in range(self.number):
            remind, escalate = data.get(f"remind_days-{n}"), data.get(f"escalate_days-{n}")
            if remind and escalate and escalate < remind:
                self.add_error(f"escalate_days-{n}", _("Not before the reminder."))
        if not self.errors and all(data[f"above-{n}"] is not None for n in range(self.number)):
            self.add_error(None, _("At least one step has to decide on every plan: leave its limit empty."))
        return data

    @property
    def steps(self) -> list[ChainStep]:
        data = self.cleaned_data
        return [ChainStep(**{name: data[f"{name}-{n}"] for name in FIELDS}) for n in range(self.number)]


def _field(name, deciders):
    if name == "stand_in":
        label = capfirst(ChainStep._meta.get_field(name).verbose_name)
        return forms.ModelChoiceField(deciders, label=label, required=False, empty_label=_t("the next role above"))
    if name in {"remind_days", "escalate_days"}:
        label = capfirst(ChainStep._meta.get_field(name).verbose_name)
        return forms.IntegerField(label=label, min_value=1, max_value=MOST_DAYS)
    more = {"min_value": 0, "help_text": _("Yuan. Empty: every plan takes this step.")} if name == "above" else {}
    return ChainStep._meta.get_field(name).formfield(**more)


def rearranged(data, do: str) -> dict:
    """Return what was typed with the steps rearranged: `do` is "add", "up-1", "down-0" or "remove-2"."""
    count = data.get("count", "")
    number = min(int(count), MOST_STEPS) if count.isascii() and count.isdigit() else 1
    rows = [{name: data.get(f"{name}-{n}", "") for name in FIELDS} for n in range(number)]
    verb, _dash, which = do.partition("-")
    n = int(which) if which.isascii() and which.isdigit() and int(which) < number else None
    if verb == "add" and number < MOST_STEPS:
        rows.append(dict(FRESH))
    elif verb == "remove" and n is not None and number > 1:
        rows.pop(n)
    elif verb in {"up", "down"} and n is not None:
        rows.insert(max(n - 1, 0) if verb == "up" else n + 1, rows.pop(n))
    return spread(rows) | {name: data.get(name, "") for name in ("after", "note", "team")}


def spread(rows: list[dict]) -> dict:
    return {"count": len(rows)} | {f"{name}-{n}": row[name] for n, row in enumerate(rows) for name in FIELDS}
