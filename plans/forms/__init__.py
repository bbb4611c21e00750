from plans.forms.approving import DecisionForm, WithdrawForm
from plans.forms.chain import ChainForm
from plans.forms.choosing import AddForm, CustomersForm, SegmentForm
from plans.forms.course import AmendForm, EndForm, GuideForm, NothingForm, PauseForm, ReportForm
from plans.forms.people import HandOnForm, HelpersForm
from plans.forms.rows import GoalRow, LineRow
from plans.forms.tasks import FinishForm, GenerateForm, TaskEditForm, TaskForm, TaskReasonForm
from plans.forms.wording import Sheet, WordingForm

__all__ = [
    "AddForm",
    "AmendForm",
    "ChainForm",
    "CustomersForm",
    "DecisionForm",
    "EndForm",
    "FinishForm",
    "GenerateForm",
    "GoalRow",
    "GuideForm",
    "HandOnForm",
    "HelpersForm",
    "LineRow",
    "NothingForm",
    "PauseForm",
    "ReportForm",
    "SegmentForm",
    "Sheet",
    "TaskEditForm",
    "TaskForm",
    "TaskReasonForm",
    "WithdrawForm",
    "WordingForm",
]
