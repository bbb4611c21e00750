"""What customers fill in without signing in: the public form, and what they add by their private link."""

import uuid

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from complaints import stamps
from complaints.choices import Kind
from complaints.models import File, Ticket, Try
from complaints.receiving import LEAST_DIGITS
from visits.forms.files import FilesField

KINDS = [(Kind.COMPLAINT, _("A complaint")), (Kind.SUGGESTION, _("A suggestion"))]
MOST_FILES = 3
LONGEST = 5000


def _text(label, longest, **attrs):
    return forms.CharField(label=label, max_length=longest, required=False, widget=forms.TextInput(attrs=attrs))


def _lines(label, longest, rows, **options):
    return forms.CharField(label=label, max_length=longest, widget=forms.Textarea(attrs={"rows": rows}), **options)


class FeedbackForm(forms.Form):
    """A complaint or suggestion. `website` is a trap: people don't see it, robots fill it in.

    `stamp` says since when the form was shown. Whoever was quick, or has had the page open since yesterday, is asked to
    press again: their text stays, in a form that is in order. So does a robot's, without a row of ours.
    """

    kind = forms.ChoiceField(label=_("What is it?"), choices=KINDS, widget=forms.RadioSelect, initial=Kind.COMPLAINT)
    text = _lines(_("What happened, or what do you suggest?"), LONGEST, 6)
    demand = _lines(_("What do you want us to do?"), 500, 2, required=False)
    product = _text(_("Which product or order is it about?"), 100)
    reporter = _text(_("Your name and company"), 100, autocomplete="name")
    phone = _text(_("Your phone"), 40, type="tel", autocomplete="tel")
    email = forms.EmailField(
        label=_("Your e-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    website = forms.CharField(required=False, label=_("Leave this empty"))
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    OF_TICKET = ("kind", "text", "demand", "product", "reporter", "phone", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reporter"].required = True
        if not self.is_bound:
            self.initial["stamp"] = str(stamps.new())

    def ticket(self) -> Ticket:
        """Return what was filled in, unsaved."""
        return Ticket(**{name: self.cleaned_data[name] for name in self.OF_TICKET})

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and sum(map(str.isdigit, phone)) < LEAST_DIGITS:
            raise forms.ValidationError(_t("That is no whole phone number."))
        return phone

    def clean(self):
        data = super().clean()
        if not (data.get("phone") or data.get("email") or {"phone", "email"} & set(self.errors)):
            self.add_error("phone", _t("Fill in your phone or your e-mail, so that we can answer you."))
        self._look_for_robots(data)
        return data

    def _look_for_robots(self, data):
        stamp = stamps.read(data.get("stamp", ""))
        is_stale = stamp is None or not stamp.is_fresh
        self.stamp = stamps.new() if stamp is None else stamp.renewed() if is_stale else stamp
        if self.errors:
            self._show_again()
        elif is_stale:
            self._send_again(_t("This page was open for very long. Your text is still here: press the button again."))
        elif data.get("website"):
            self._send_again(
                _t("This looks as if a program had filled it in. Are you a person? Press the button again.")
            )
        elif stamp.is_hasty:
            self._send_again(_t("That was very quick. Look through what you wrote and press the button again."))

    def _send_again(self, text):
        self._show_again()
        self.add_error(None, text)

    def _show_again(self):
        """Show it with a stamp in order and the trap empty."""
        self.data = self.data.copy()
        self.data["stamp"], self.data["website"] = str(self.stamp), ""


class FeedbackFilesForm(forms.Form):
    """Looked at after the other form, and counted against floods: drawing pictures anew takes long."""

    files = FilesField(
        label=_("Pictures or PDFs"),
        required=False,
        model=File,
        most=MOST_FILES,
        help_text=_("Up to 3, each at most 10 MB. Pictures lose their place and time."),
    )


class WordsForm(FeedbackFilesForm):
    """What the customer adds by the private link: words, files or both."""

    text = forms.CharField(
        label=_("What do you want to add?"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["text", "files", "token"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["token"] = uuid.uuid4()

    def clean(self):
        data = super().clean()
        if not self.errors and not data["text"].strip() and not data["files"]:
            self.add_error("text", _t("Write something or choose a file."))
        return data


class SatisfiedForm(forms.Form):
    """Whether the customer is satisfied (policy 7.7): yes with stars, no with what is missing."""

    outcome = forms.ChoiceField(
        label=_("Are you satisfied?"),
        choices=[
            (Try.Outcome.SATISFIED, _("Yes, it is settled")),
            (Try.Outcome.UNSATISFIED, _("No, something is missing")),
        ],
        widget=forms.RadioSelect,
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied?"),
        choices=[(stars, "★" * stars) for stars in (5, 4, 3, 2, 1)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What do you want to tell us?"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If something is missing, say what: we look at it again."),
    )

    def clean(self):
        data = super().clean()
        if data.get("outcome") == Try.Outcome.UNSATISFIED:
            data["satisfaction"] = None
            if not data.get("note", "").strip():
                self.add_error("note", _t("Say what is missing, so that we can look at it again."))
        elif data.get("outcome") and not data.get("satisfaction"):
            self.add_error("satisfaction", _t("Choose how many stars."))
        return data
