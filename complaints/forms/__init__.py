from complaints.forms import steps, work
from complaints.forms.desk import DeskForm, TargetForm, TargetsForm
from complaints.forms.learning import CaseForm, MeasureDoneForm, MeasureForm
from complaints.forms.public import FeedbackFilesForm, FeedbackForm, SatisfiedForm, WordsForm
from complaints.forms.receiving import TicketForm
from complaints.forms.steps import AssignForm, StepForm, colleagues
from complaints.forms.work import ActionForm, DoneForm, LinkForm, MatchForm, NoteForm

# Every form of a ticket by its verb.
BY_VERB = {
    form.verb: form
    for module in (steps, work)
    for form in vars(module).values()
    if isinstance(form, type) and issubclass(form, StepForm) and hasattr(form, "verb")
}

__all__ = [
    "BY_VERB",
    "ActionForm",
    "AssignForm",
    "CaseForm",
    "DeskForm",
    "DoneForm",
    "FeedbackFilesForm",
    "FeedbackForm",
    "LinkForm",
    "MatchForm",
    "MeasureDoneForm",
    "MeasureForm",
    "NoteForm",
    "SatisfiedForm",
    "StepForm",
    "TargetForm",
    "TargetsForm",
    "TicketForm",
    "WordsForm",
    "colleagues",
]
