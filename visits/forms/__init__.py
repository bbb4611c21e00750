from visits.forms.callbacks import MoveForm, PlanForm, SkipForm, SnoozeForm
from visits.forms.days import WorkingDayField
from visits.forms.feed import FeedForm
from visits.forms.lists import CallListForm, GiveForm
from visits.forms.logs import CallLogForm
from visits.forms.messages import MailingForm, MessageForm
from visits.forms.monthly import CommentForm
from visits.forms.pictures import PictureField
from visits.forms.promises import HandOnForm, KeepForm, RenegotiateForm
from visits.forms.records import AdditionForm, CheckForm, CorrectionForm, DrawForm
from visits.forms.rules import CadenceForm, RuleForm
from visits.forms.scripts import ScriptForm, TextForm
from visits.forms.sites import SiteCancelForm, SiteFinishForm, SiteVisitForm

__all__ = [
    "AdditionForm",
    "CadenceForm",
    "CallListForm",
    "CallLogForm",
    "CheckForm",
    "CommentForm",
    "CorrectionForm",
    "DrawForm",
    "FeedForm",
    "GiveForm",
    "HandOnForm",
    "KeepForm",
    "MailingForm",
    "MessageForm",
    "MoveForm",
    "PictureField",
    "PlanForm",
    "RenegotiateForm",
    "RuleForm",
    "ScriptForm",
    "SiteCancelForm",
    "SiteFinishForm",
    "SiteVisitForm",
    "SkipForm",
    "SnoozeForm",
    "TextForm",
    "WorkingDayField",
]
