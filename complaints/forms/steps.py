"""The steps of a ticket as forms: what each asks for, and what it does (policy 7.3 to 7.7)."""

from typing import ClassVar

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from complaints import clocks, steps
from complaints.choices import Cause, Department, Severity
from complaints.models import Solution, Ticket, Try
from staff import calendar
from staff.models import User
from staff.roles import Role
from visits.forms.days import WorkingDayField

LONG = 5000
YES_NO = [("yes", _("yes")), ("no", _("no"))]


def colleagues():
    """Return whoever can work on complaints: everybody who is here but finance (policy 1.8)."""
    people = User.objects.active().exclude(role=Role.FINANCE).select_related("team")
    return people.order_by("team__path", "name", "pk")


def words(label, *, required=True, rows=3, most=LONG, **kwargs):
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **kwargs
    )


def yes_or_no(label):
    return forms.TypedChoiceField(
        label=label, choices=YES_NO, coerce=lambda value: value == "yes", widget=forms.RadioSelect
    )


class StepForm(forms.Form):
    """A verb of `ticket` with what it needs. `carry_out` raises NotYet and TooLate; `move` names the verb in MOVES."""

    verb: ClassVar[str]
    move: ClassVar[str] = ""
    title: ClassVar[str] = ""
    button: ClassVar[str]
    said: ClassVar[str]
    hint: ClassVar[str] = ""
    takes_files: ClassVar[bool] = False

    def __init__(self, *args, ticket: Ticket, user, **kwargs):
        super().__init__(*args, auto_id=f"{self.verb}_%s", **kwargs)
        self.ticket, self.user = ticket, user
        for name in {"person", "people"} & self.fields.keys():
            self.fields[name].queryset = colleagues()

    @classmethod
    def needs(cls) -> str:
        return cls.move or cls.verb

    def carry_out(self, *, by):
        getattr(steps, self.verb)(self.ticket, **self.cleaned_data, by=by)


class TakeForm(StepForm):
    verb = "take"
    button = _("Look after it")
    said = _("It is yours to look after now.")


class JudgeForm(StepForm):
    verb = "judge"
    title = _("Judge: is it justified?")
    button = _("Judge it")
    said = _("Judged.")

    is_justified = yes_or_no(_("Justified"))
    is_reasonable = yes_or_no(_("Demand reasonable"))
    answer = words(_("What the customer is told"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.ticket.kind == "suggestion":
            self.title = _("Judge: is it taken up?")
            self.fields["is_justified"].label = _("Taken up")
            self.fields["is_reasonable"].label = _("Reasonable")
            self.fields["answer"].required = True
        else:
            self.fields["answer"].help_text = _("Needed when it is not justified: tactful; a leader reviews it.")


class AssignForm(StepForm):
    verb = "assign"
    title = _("Who is responsible?")
    button = _("Name them")
    said = _("The responsible person is named and told.")

    department = forms.ChoiceField(label=capfirst(_("responsible department")), choices=Department)
    person = forms.ModelChoiceField(
        label=capfirst(_("responsible person")), queryset=User.objects.none(), empty_label=_("choose a person")
    )
    promised_on = WorkingDayField(
        label=capfirst(_("answer promised by")), help_text=_("The customer sees this day on their link.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ticket, fields = self.ticket, self.fields
        fields["department"].choices = [("", _t("choose a department")), *Department.choices]
        due_on = ticket.due_at and timezone.localtime(ticket.due_at).date()
        wanted, today = ticket.promised_on or due_on, timezone.localdate()
        # A day that is over by now can be promised to nobody.
        fields["promised_on"].initial = calendar.opens_on(today) if wanted and wanted < today else wanted
        fields["department"].initial, fields["person"].initial = ticket.department, ticket.responsible_id


class InvestigateForm(StepForm):
    verb = "investigate"
    title = _("What happened, and why?")
    button = _("Investigation is done")
    said = _("Kept. Now propose how to settle it.")

    cause = forms.ChoiceField(label=capfirst(_("cause")))
    found = words(_("What was found, and the evidence"), rows=4)
    expectation = words(_("What the customer expects"), rows=2, most=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [("", _t("choose a cause")), *Cause.choices]
        self.fields["cause"].initial = self.ticket.cause
        self.fields["expectation"].initial = self.ticket.demand


class ProposeForm(StepForm):
    verb = "propose"
    title = _("Propose a solution")
    button = _("Add the solution")
    said = _("Added. Propose another one, or put them before a leader.")

    text = words(capfirst(_("solution")))
    benefit = forms.CharField(label=capfirst(_("the customer's benefit")), max_length=300)
    cost = Solution._meta.get_field("cost").formfield(label=_("Our cost"), help_text=_("yuan"), initial=0)

    def carry_out(self, *, by):
        steps.propose(self.ticket, Solution(**self.cleaned_data), by=by)


class PutForwardForm(StepForm):
    verb = "put_forward"
    button = _("Put before a leader")
    said = _("A leader chooses now; they are told.")


class ChooseForm(StepForm):
    verb = "choose"
    title = _("Choose one and direct how it is done")
    button = _("Choose this one")
    said = _("Chosen. It is agreed with the customer next.")

    # That it is one of this round `steps.choose` asks under the lock.
    solution = forms.TypedChoiceField(label=capfirst(_("solution")), coerce=int, widget=forms.RadioSelect)
    direction = words(capfirst(_("direction")), required=False, rows=2)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = list(steps.this_round(self.ticket).order_by("pk"))
        self.fields["solution"].choices = [(one.pk, one.text) for one in self.offered]

    def carry_out(self, *, by):
        chosen = next(one for one in self.offered if one.pk == self.cleaned_data["solution"])
        steps.choose(self.ticket, chosen, direction=self.cleaned_data["direction"], by=by)


class NoteStep(StepForm):
    """A step that needs nothing but a few words."""

    note = words(capfirst(_("note")), rows=2)


class SendBackForm(NoteStep):
    verb = "send_back"
    title = _("Ask for other solutions")
    button = _("Send it back")
    said = _("Sent back; whoever works on it is told.")


class AgreeForm(NoteStep):
    verb = "agree"
    title = _("Agree it with the customer")
    button = _("The customer agrees")
    said = _("Agreed. Now carry it out.")
    note = words(_("What was agreed"))


class RefuseForm(NoteStep):
    verb = "refuse"
    title = _("The customer does not agree")
    button = _("Look for another solution")
    said = _("Kept. Other solutions are proposed.")
    note = words(_("What the customer says"), rows=2)


class ActForm(NoteStep):
    verb = "act"
    title = _("Carry it out")
    button = _("All of it is carried out")
    said = _("Carried out. Call the customer back now.")
    note = words(_("What was done"), required=False, rows=2)


class ReviewForm(NoteStep):
    verb = "review"
    title = _("Review what the customer is told")
    button = _("Approve the answer")
    said = _("Approved. The customer is called and told now.")
    note = words(_("Remark"), required=False, rows=2)


class ReworkForm(NoteStep):
    verb = "rework"
    title = _("Have it judged again")
    button = _("Send it back")
    said = _("Sent back; whoever works on it is told.")


class CallBackForm(StepForm):
    verb = "call_back"
    title = _("Call back: is the customer satisfied?")
    button = _("Keep what they said")
    hint = _("Only a customer who says that they are satisfied closes it.")

    outcome = forms.ChoiceField(label=capfirst(_("outcome")), choices=Try.Outcome.choices, widget=forms.RadioSelect)
    satisfaction = forms.TypedChoiceField(
        label=capfirst(_("satisfaction")),
        choices=[(n, "★" * n) for n in range(5, 0, -1)],
        coerce=int,
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    note = words(capfirst(_("what they said")), required=False, rows=2)

    def clean(self):
        data = super().clean()
        if data.get("outcome") == Try.Outcome.UNSATISFIED and not data.get("note"):
            self.add_error("note", _t("Write down why they are not satisfied."))
        if data.get("outcome") == Try.Outcome.NOT_REACHED:
            data["satisfaction"] = None
        return data

    @property
    def said(self):
        return {
            Try.Outcome.SATISFIED: _("Closed: the customer is satisfied."),
            Try.Outcome.UNSATISFIED: _("Kept. It is investigated again."),
            Try.Outcome.NOT_REACHED: _("Kept. Try again on another day."),
        }[self.cleaned_data["outcome"]]


class GiveUpForm(NoteStep):
    verb = "give_up"
    title = _("The customer can't be reached")
    button = _("Close it unreached")
    said = _("Closed: the customer can't be reached.")
    note = words(_("What was tried"), rows=2)


class ReopenForm(NoteStep):
    verb = "reopen"
    title = _("Open it again")
    button = _("Open it again")
    said = _("Open again, at its investigation.")
    note = words(_("What the customer says"), rows=2)


class StopForm(StepForm):
    verb = "stop"
    title = _("Wait for the customer")
    button = _("Stop the clock")
    said = _("The clock stands until the customer answers, or until you let it go on.")
    reason = forms.CharField(label=_("What we wait for"), max_length=200)

    def carry_out(self, *, by):
        clocks.stop(self.ticket, **self.cleaned_data, by=by)


class ResumeForm(StepForm):
    verb = "resume"
    button = _("Let the clock go on")
    said = _("The clock goes on.")

    def carry_out(self, *, by):
        clocks.resume(self.ticket, by=by)


class SeverityForm(StepForm):
    verb, move = "severity", "edit"
    title = _("Severity")
    button = _("Change it")
    said = _("Changed; both clocks are counted anew.")
    severity = forms.ChoiceField(label=capfirst(_("severity")), choices=Severity.choices, widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["severity"].initial = self.ticket.severity

    def carry_out(self, *, by):
        with self.ticket.moving("edit", by=by) as step:
            step.verb, step.data = "severity", {"was": self.ticket.severity, "now": self.cleaned_data["severity"]}
            self.ticket.severity = self.cleaned_data["severity"]
            clocks.set_due(self.ticket)
