"""What is done beside the steps: words to the customer and among colleagues, tasks, links, the customer found."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from complaints import doing, linking, permissions, receiving, thread
from complaints.choices import Source
from complaints.forms.steps import StepForm, words
from complaints.models import Action, File, Ticket
from customers.models import Customer
from staff.models import User
from staff.permissions import LEADERS, is_leader
from visits.forms.days import WorkingDayField
from visits.forms.files import FilesField

MOST_FILES = 10
MOST_NAMED = 10


def files():
    return FilesField(
        label=_("Pictures and PDFs"),
        model=File,
        most=MOST_FILES,
        required=False,
        help_text=_("JPEG, PNG, WebP or PDF"),
    )


class AnswerForm(StepForm):
    verb = "answer"
    title = _("Answer the customer")
    button = _("Send the answer")
    said = _("Sent: the customer reads it on their link.")
    takes_files = True

    text = words(_("Answer"))
    files = files()

    def carry_out(self, *, by):
        data = self.cleaned_data
        thread.answer(self.ticket, data["text"], files=data["files"], by=by)


class HearForm(StepForm):
    """What the customer said by phone or in person, written down by whoever heard it."""

    verb, move = "hear", "answer"
    title = _("The customer said")
    button = _("Write it down")
    said = _("Written down. A clock that stood goes on.")
    takes_files = True

    text = words(_("What the customer said"))
    files = files()

    def carry_out(self, *, by):
        data = self.cleaned_data
        self.ticket.check_move("answer", by=by)
        heard = thread.hear(self.ticket, data["text"], files=data["files"], source=Source.PHONE, by=by)
        if heard.ticket_id != self.ticket.pk:
            self.ticket, self.said = heard.ticket, _t("It was closed long ago: this new one continues it.")


class NoteForm(StepForm):
    verb = "note"
    title = _("Note among colleagues")
    button = _("Keep the note")
    said = _("Kept. The customer does not see it.")
    takes_files = True

    text = words(capfirst(_("note")))
    people = forms.ModelMultipleChoiceField(
        label=_("Name colleagues"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("They are told, and may read this ticket from now on."),
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    files = files()

    def clean_people(self):
        people = list(self.cleaned_data["people"])
        if len(people) > MOST_NAMED:
            raise forms.ValidationError(_t("Name at most %d people in one note.") % MOST_NAMED)
        return people

    def carry_out(self, *, by):
        data = self.cleaned_data
        thread.note(self.ticket, data["text"], people=data["people"], files=data["files"], by=by)


class ActionForm(StepForm):
    verb, move = "action", "edit"
    title = _("Give somebody something to do")
    button = _("Give it to them")
    said = _("Given; whoever does it is told.")

    kind = forms.ChoiceField(label=capfirst(_("kind")), widget=forms.RadioSelect, initial=Action.Kind.TASK)
    text = forms.CharField(label=capfirst(_("what is to be done")), max_length=300)
    person = forms.ModelChoiceField(
        label=capfirst(_("who does it")), queryset=User.objects.none(), empty_label=_("choose a person")
    )
    due_on = WorkingDayField(label=_("To be done by"))
    cost = Action._meta.get_field("cost").formfield(
        label=_("What it costs"), help_text=_("yuan"), initial=0, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        may_punish = permissions.may_review(self.user, self.ticket)
        may_punish = may_punish and permissions.sees_consequences(self.user, self.ticket)
        kinds = Action.Kind.choices
        self.fields["kind"].choices = kinds if may_punish else [one for one in kinds if one[0] != "consequence"]
        self.fields["person"].initial = self.ticket.responsible_id

    def clean(self):
        data = super().clean()
        person = data.get("person")
        is_fit = person and is_leader(person) and person.pk != self.ticket.responsible_id
        if data.get("kind") == Action.Kind.CONSEQUENCE and person and not is_fit:
            text = _t("A consequence is carried out by a leader, and not by whoever is responsible.")
            self.add_error("person", text)
        data["cost"] = data.get("cost") or 0
        return data

    def carry_out(self, *, by):
        doing.add(self.ticket, Action(**self.cleaned_data), by=by)


class PunishForm(ActionForm):
    """A consequence for staff, often decided only after the ticket was closed (policy 7.6)."""

    verb, move = "punish", ""
    title = _("Record a consequence for staff")
    button = _("Record it")
    said = _("Recorded. Only leaders see it.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["kind"]
        leaders = self.fields["person"].queryset.filter(role__in=LEADERS)
        self.fields["person"].queryset = leaders.exclude(pk=self.ticket.responsible_id)
        self.fields["person"].initial = self.user.pk

    def clean(self):
        self.cleaned_data["kind"] = Action.Kind.CONSEQUENCE
        return super().clean()


class DoneForm(forms.Form):
    """What came of an action."""

    result = forms.CharField(label=capfirst(_("result")), max_length=500)

    def __init__(self, *args, action: Action, **kwargs):
        super().__init__(*args, **kwargs)
        self.action = action

    def carry_out(self, *, by):
        doing.finish(self.action, **self.cleaned_data, by=by)


class MatchForm(StepForm):
    verb, move = "match", "edit"
    title = _("Which customer is it?")
    button = _("It is this one")
    said = _("Recognised. It is on the customer's page from now on.")

    customer = forms.ModelChoiceField(
        label=capfirst(_("customer")),
        queryset=Customer.objects.none(),
        error_messages={"required": _("Find the customer and choose it.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.visible_to(self.user)

    def carry_out(self, *, by):
        receiving.match(self.ticket, self.cleaned_data["customer"], by=by)


class LinkForm(StepForm):
    verb, move = "link", "edit"
    title = _("Link it with another")
    button = _("Link them")
    said = _("Linked.")

    how = forms.ChoiceField(
        label=_("This one"),
        choices=[(linking.REPEATS, _("repeats the other one")), (linking.PARENT, _("comes from the same cause"))],
        widget=forms.RadioSelect,
        initial=linking.REPEATS,
    )
    other = forms.ModelChoiceField(
        label=_("The other one"),
        queryset=Ticket.objects.none(),
        error_messages={"required": _("Find the other one and choose it.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        others = Ticket.objects.visible_to(self.user).exclude(pk=self.ticket.pk)
        self.fields["other"].queryset = others.select_related("parent")

    def carry_out(self, *, by):
        linking.link(self.ticket, self.cleaned_data["other"], how=self.cleaned_data["how"], by=by)
