import datetime as dt
import uuid
from functools import cached_property

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.remembered import remembered
from customers.choices import Channel
from staff import calendar
from visits import calls, scripts
from visits.forms.days import WorkingDayField
from visits.forms.pictures import PictureField
from visits.models import Cadence, CallLog, ScriptVersion, TextTemplate

# Days until the next contact that are one press away; of these the cadence's is chosen beforehand (policy 5.5).
PROPOSALS = {
    1: _("tomorrow"),
    3: _("in 3 days"),
    7: _("in a week"),
    14: _("in 2 weeks"),
    30: _("in a month"),
}
NO_NEXT = "0"
# Who has no cadence is proposed a contact in a month; after a call that met nobody, one tomorrow.
WITHOUT_CADENCE = 30
# What can be chosen by hand; "sent" is what messages write.
OUTCOMES = [choice for choice in CallLog.Outcome.choices if choice[0] != CallLog.Outcome.SENT]
# A log sent late, because the line was down, says when it was written: so many days back at most.
LATEST_DAYS = 7


class CallLogForm(forms.Form):
    """A contact in a few seconds: chips for channel, outcome and next date, one text field.

    `seen` is the newest log of the customer when the form was drawn: what the person logged since, in another window,
    is told before anything is written twice. `at` is filled in by a browser that had to wait for its line. It is no
    ModelForm: that would build and check a log, of which nothing is needed here, on every save.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**63 - 1)
    at = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(label=_("outcome"), choices=OUTCOMES)
    channel = forms.ChoiceField(label=_("channel"), choices=Channel, initial=Channel.PHONE)
    contact = forms.IntegerField(label=_("with whom"), required=False, min_value=1, max_value=2**63 - 1)
    satisfaction = forms.IntegerField(label=_("satisfaction"), min_value=1, max_value=5, required=False)
    note = forms.CharField(label=_("what they said"), required=False)
    next_in = forms.IntegerField(label=_("next contact"), min_value=0, max_value=366, required=False)
    next_on = WorkingDayField(label=_("or on"), required=False)
    promise_text = forms.CharField(label=_("promise"), max_length=300, required=False)
    promise_on = forms.DateField(label=_("by"), required=False)
    picture = PictureField(label=_("picture"), required=False)
    script = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1)

    script_shown = None
    opens: dict[dt.date, dt.date] = {}

    def __init__(self, *args, customer, **kwargs):
        self.customer = customer
        super().__init__(*args, **kwargs)

    @classmethod
    def fresh(cls, customer, user, *, purpose="", opens=None):
        """Return the empty form for `user`, with the script for `purpose` beside it (policy 5.7).

        `opens` says on which working day each of the next days opens, where that is known already.
        """
        form = cls(customer=customer)
        form.opens = opens or {}
        contact = form.main_contact and form.main_contact.pk
        form.initial |= {"token": uuid.uuid4(), "seen": calls.newest(customer), "contact": contact}
        form.initial["next_in"] = str(form.cadence_days)
        form.script_shown = scripts.for_callback(customer, form.main_contact, purpose, user)
        if form.script_shown:
            form.initial["script"] = form.script_shown.version.pk
        return form

    @cached_property
    def contacts(self):
        return list(self.customer.contacts.defer("grams"))

    @property
    def main_contact(self):
        return self.contacts[0] if self.contacts else None

    @cached_property
    def cadence_days(self) -> int:
        """Return how many days the customer's cadence leaves until the next contact (policy 5.5)."""
        return Cadence.days_for(self.customer) or WITHOUT_CADENCE

    # What the template draws; widgets would cost a template for each chip.

    @cached_property
    def days(self) -> list[dict]:
        """Return the proposals with the working day each falls on."""
        today = timezone.localdate()
        wanted = sorted({*PROPOSALS, self.cadence_days})
        ahead = [today + dt.timedelta(days=n) for n in wanted]
        opens = self.opens if self.opens.keys() >= set(ahead) else calendar.days_ahead(ahead)
        chosen = str(self["next_in"].value())
        return [
            {
                "value": n,
                "day": _day(opens[today + dt.timedelta(days=n)]),
                "text": PROPOSALS.get(n, ""),
                "is_chosen": str(n) == chosen,
                "is_cadence": n == self.cadence_days,
            }
            for n in wanted
        ]

    @property
    def has_no_next(self):
        return str(self["next_in"].value()) == NO_NEXT

    @property
    def outcomes(self):
        return _chips(self["outcome"].value(), OUTCOMES)

    @property
    def channels(self):
        return _chips(self["channel"].value(), Channel.choices)

    @property
    def stars_given(self):
        return [(n, str(n) == str(self["satisfaction"].value())) for n in range(5, 0, -1)]

    @property
    def contact_options(self):
        people = ((contact.pk, contact.name) for contact in self.contacts)
        return _chips(self["contact"].value(), [("", _("nobody in particular")), *people])

    @cached_property
    def texts(self):
        notes = TextTemplate.objects.filter(kind=TextTemplate.Kind.NOTE, is_active=True)
        return remembered("note-texts", lambda: list(notes.values("title", "text")))

    @property
    def has_promise(self):
        return any(self[name].value() or self[name].errors for name in ("promise_text", "promise_on"))

    # What is checked

    def clean_contact(self):
        return self._chosen("contact", self.customer.contacts)

    def clean_script(self):
        return self._chosen("script", ScriptVersion.objects)

    def _chosen(self, name, rows):
        """Return the row of a field; asked for only when one was chosen."""
        pk = self.cleaned_data[name]
        row = rows.filter(pk=pk).first() if pk else None
        if pk and row is None:
            raise forms.ValidationError(forms.ModelChoiceField.default_error_messages["invalid_choice"])
        return row

    def clean_at(self):
        at = self.cleaned_data["at"]
        now = timezone.now()
        if at and not now - dt.timedelta(days=LATEST_DAYS) <= at:
            raise forms.ValidationError(_("This was written more than a week ago. Log it as an addition."))
        return min(at, now) if at else now

    def clean_promise_on(self):
        day = self.cleaned_data["promise_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("A promise can't be for the past: choose today or later."))
        return day

    def clean(self):
        data = super().clean()
        if data.get("outcome") == CallLog.Outcome.REACHED and not data.get("note", "").strip():
            self.add_error("note", _t("Say in a few words what was said."))
        if data.get("promise_text") and not data.get("promise_on") and "promise_on" not in self.errors:
            self.add_error("promise_on", _t("Say by when it was promised."))
        if data.get("promise_on") and not data.get("promise_text"):
            self.add_error("promise_text", _t("Say what was promised."))
        return data

    def log_fields(self) -> dict:
        """Return what `visits.calls.log` takes: a date given by hand goes before a proposal."""
        data = dict(self.cleaned_data)
        days = data.pop("next_in") or 0
        if data["next_on"] is None and days:
            data["next_on"] = _opens_on(timezone.localdate() + dt.timedelta(days=days))
        data["on"] = timezone.localdate(data["at"])
        return data


def _opens_on(day: dt.date) -> dt.date:
    return remembered(f"opens-on-{day}", lambda: calendar.opens_on(day))


def _day(day: dt.date) -> str:
    return date_format(day, _t("D j M"))


def _chips(value, choices):
    """Return (value, label, whether chosen) of each choice."""
    return [(key, label, str(key) == str(value or "")) for key, label in choices]
