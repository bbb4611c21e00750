import uuid

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.choices import Intention
from customers.models import Grade
from staff.models import User
from staff.permissions import is_leader, is_seller
from visits import channels
from visits.forms.scripts import check_places
from visits.messages import address_of
from visits.models import Message, TextTemplate
from visits.wording import fill

LONGEST = 1000


def channel_choices() -> list[tuple[str, str]]:
    """Return the channels that are offered; one on trial says so, or its messages would be taken for sent."""
    return [(name, _words(name)) for name in channels.offered()]


def _words(name):
    words = capfirst(str(Message.Channel(name).label))
    if not channels.channel(name).is_trial:
        return words
    return _t("%(channel)s (on trial: nobody receives it)") % {"channel": words}


class WordsForm(forms.Form):
    """What a message says; `template` is the id of the text to start from, as the address has it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    subject = forms.CharField(label=_("subject"), max_length=120, required=False, validators=[check_places])
    text = forms.CharField(
        label=_("text"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        validators=[check_places],
        help_text=_("{customer}, {contact} and {me} are filled with the names."),
    )

    def __init__(self, *args, template="", **kwargs):
        super().__init__(*args, **kwargs)
        kinds = (TextTemplate.Kind.GREETING, TextTemplate.Kind.NEWS)
        self.templates = list(TextTemplate.objects.filter(is_active=True, kind__in=kinds))
        self.template = next((one for one in self.templates if str(one.pk) == template), None)
        self.initial["token"] = uuid.uuid4()
        for field in self.fields.values():
            field.label = capfirst(field.label)
        if self.template:
            self.initial |= {"subject": self.template.title, "text": self.template.text}

    def clean_subject(self):
        """One line: a line break would begin another header of the mail."""
        return " ".join(self.cleaned_data["subject"].split())

    def need_subject(self, channel):
        if channel == Message.Channel.EMAIL and not self.cleaned_data.get("subject") and "subject" not in self.errors:
            self.add_error("subject", _t("An e-mail needs a subject."))


class MessageForm(WordsForm):
    """A message to one contact; `to` is the contact and the channel in one choice, so that each has an address."""

    to = forms.ChoiceField(label=_("to"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))

    field_order = ("token", "to", "subject", "text")

    def __init__(self, *args, customer, user, to="", **kwargs):
        super().__init__(*args, **kwargs)
        offered = channel_choices()
        self.ways = {
            f"{contact.pk}:{channel}": (contact, channel, f"{contact} · {words} · {address}")
            for contact in customer.contacts.all()
            for channel, words in offered
            if (address := address_of(contact, channel))
        }
        self.fields["to"].choices = [(key, words) for key, (_contact, _channel, words) in self.ways.items()]
        self.initial["to"] = to if to in self.ways else self._usual(customer)
        self.contact = self.ways[self.initial["to"]][0] if self.ways else None
        if self.template:
            for name in ("subject", "text"):
                self.initial[name] = fill(self.initial[name], customer=customer, contact=self.contact, me=user)

    def _usual(self, customer):
        """Return the customer's preferred channel, at the first contact who has it; else the first way there is."""
        preferred = (key for key, (_contact, channel, _words) in self.ways.items() if channel == customer.channel)
        return next(preferred, next(iter(self.ways), ""))

    def radios(self) -> list[tuple]:
        """Return the ways as radios, and whether each leads to another contact than the one whose name is filled in."""
        contacts = (contact for contact, _channel, _words in self.ways.values())
        return [(radio, contact != self.contact) for radio, contact in zip(self["to"], contacts, strict=True)]

    def clean(self):
        data = super().clean()
        if way := self.ways.get(data.get("to")):
            data["contact"], data["channel"], _words = way
            self.need_subject(data["channel"])
        return data


class MailingForm(WordsForm):
    """One text to many of a person's customers; the names are filled in for each.

    `whom` is what was chosen before another text to start from was picked, as the address has it.
    """

    WHOM = ("channel", "owner", "grade", "intention")

    channel = forms.ChoiceField(label=_("channel"), widget=forms.RadioSelect)
    owner = forms.ModelChoiceField(label=_("customers of"), queryset=User.objects.none(), empty_label=None)
    grade = forms.ChoiceField(label=_("grade"), required=False)
    intention = forms.ChoiceField(label=_("intention level"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    field_order = ("token", "channel", "owner", "grade", "intention", "subject", "text", "seen")

    def __init__(self, *args, user, whom, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["channel"].choices = channel_choices()
        self.fields["grade"].choices = [("", _t("any grade")), *Grade.choices]
        self.fields["intention"].choices = [("", _t("any intention")), *Intention.choices]
        self.initial["channel"] = next(iter(channels.offered()), "")
        if is_leader(user):
            sellers = User.objects.visible_to(user).sellers() | User.objects.filter(pk=user.pk)
            self.fields["owner"].queryset = sellers.active().order_by("name", "pk")
            self.initial["owner"] = user.pk if is_seller(user) else None
        else:
            del self.fields["owner"]
        self.initial |= {name: whom[name] for name in self.WHOM if name in whom}

    def clean(self):
        data = super().clean()
        self.need_subject(data.get("channel"))
        return data

    def criteria(self) -> dict:
        """Return what `visits.mailing.choose` takes."""
        data = self.cleaned_data
        whom = {name: data[name] for name in ("channel", "grade", "intention")}
        return whom | {"user": self.user, "owner": data.get("owner") or self.user}
