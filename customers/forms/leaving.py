"""The small forms around a customer that is about to go: more time, a lock, its clearing sheet (policy 4, 4.7)."""

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.ownership import locking


class SmallForm(forms.Form):
    """A form in the dialog above another page: ids of its own, so that they never meet those of the page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="dialog_%s", **kwargs)


def words(label, *, most=300, rows=2, **kwargs):
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class ExtendForm(SmallForm):
    days = forms.IntegerField(label=_("Days more"), widget=forms.NumberInput(attrs={"class": "number-short"}))
    reason = words(_("Why, and what you will do in this time"))

    def __init__(self, *args, most: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].validators = [MinValueValidator(1), MaxValueValidator(most)]
        self.fields["days"].widget.attrs |= {"min": 1, "max": most}
        self.fields["days"].help_text = _t("At most %(most)d; counted from the day on which it would go.") % {
            "most": most
        }
        self.fields["days"].initial = most


class LockForm(SmallForm):
    until = forms.DateField(label=_("Locked until"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = words(_("Reason"), most=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.earliest, self.latest = today, today + dt.timedelta(days=locking.LONGEST)
        self.fields["until"].widget.attrs |= {"min": self.earliest.isoformat(), "max": self.latest.isoformat()}

    def clean_until(self):
        day = self.cleaned_data["until"]
        if not self.earliest <= day <= self.latest:
            raise forms.ValidationError(
                _t("Choose a day from today until %(latest)s: a lock lasts a year at most.") % {"latest": self.latest}
            )
        return day


class SheetForm(SmallForm):
    """The owner's words; `seen` says which text the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    situation = words(_("Situation"), most=2000, rows=4, help_text=_("How the customer is doing, and what they need."))
    contacts = words(_("Whom one talks to, and how"), most=2000, rows=3)
    progress = words(_("How far talks have come"), most=2000, rows=4)

    @property
    def written(self) -> dict[str, str]:
        return {name: text for name, text in self.cleaned_data.items() if name != "seen"}


class UnclearForm(SmallForm):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    note = words(_("What is unclear"))


class DecisionForm(forms.Form):
    """What becomes of an extension; a refusal says why."""

    GRANT, REFUSE = "grant", "refuse"
    verb = forms.ChoiceField(choices=[(GRANT, GRANT), (REFUSE, REFUSE)])
    note = forms.CharField(max_length=300, required=False)

    def clean(self):
        data = super().clean()
        if data.get("verb") == self.REFUSE and not data.get("note"):
            self.add_error("note", _t("Say why it is refused."))
        return data
