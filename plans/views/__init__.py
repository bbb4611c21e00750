from plans.views.approving import plan_detail, plan_submit, plan_withdraw
from plans.views.chain import chain_detail, chain_edit
from plans.views.course import plan_amend, plan_discard, plan_end, plan_pause, plan_resume
from plans.views.deciding import decide_many, plan_decide
from plans.views.drafting import plan_add, plan_copy, plan_drop, plan_template
from plans.views.inbox import inbox_page
from plans.views.judgement import guidance_write, judgement_page, report_write
from plans.views.late import late_list
from plans.views.lists import customer_plans, plan_board, plan_list
from plans.views.members import plan_customers
from plans.views.papers import plan_paper
from plans.views.people import plan_hand_on, plan_people
from plans.views.task import task_cancel, task_detail, task_edit, task_file, task_finish, task_reopen
from plans.views.tasks import task_add, task_generate, task_list
from plans.views.versions import plan_history, plan_version
from plans.views.wording import plan_edit

__all__ = [
    "chain_detail",
    "chain_edit",
    "customer_plans",
    "decide_many",
    "guidance_write",
    "inbox_page",
    "judgement_page",
    "late_list",
    "plan_add",
    "plan_amend",
    "plan_board",
    "plan_copy",
    "plan_customers",
    "plan_decide",
    "plan_detail",
    "plan_discard",
    "plan_drop",
    "plan_edit",
    "plan_end",
    "plan_hand_on",
    "plan_history",
    "plan_list",
    "plan_paper",
    "plan_pause",
    "plan_people",
    "plan_resume",
    "plan_submit",
    "plan_template",
    "plan_version",
    "plan_withdraw",
    "report_write",
    "task_add",
    "task_cancel",
    "task_detail",
    "task_edit",
    "task_file",
    "task_finish",
    "task_generate",
    "task_list",
    "task_reopen",
]
