from plans.models.chain import Chain, ChainStep, Seat
from plans.models.decision import Decision, LineComment, Version
from plans.models.plan import Contribution, Plan, PlanEvent
from plans.models.task import Judgement, Task, TaskFile
from plans.models.wording import Goal, Line, PlanCustomer

# Through which rows somebody may be tied to a plan that is not of people in their sight.
Plan.TIES = ((Contribution, "person"), (Task, "person"), (Seat, "person"), (Decision, "by"))

__all__ = [
    "Chain",
    "ChainStep",
    "Contribution",
    "Decision",
    "Goal",
    "Judgement",
    "Line",
    "LineComment",
    "Plan",
    "PlanCustomer",
    "PlanEvent",
    "Seat",
    "Task",
    "TaskFile",
    "Version",
]
