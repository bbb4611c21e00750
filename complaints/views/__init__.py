from complaints.views.cases import case_add, case_detail, case_edit, case_list
from complaints.views.desk import desk_edit
from complaints.views.learning import lessons, measure_add, measure_done, measure_list
from complaints.views.paper import ticket_paper
from complaints.views.public import feedback_add, feedback_received, link_detail, link_file, link_satisfied
from complaints.views.queue import mention_list, ticket_board, ticket_queue
from complaints.views.receiving import ticket_add
from complaints.views.stepping import action_done, ticket_link, ticket_match, ticket_step
from complaints.views.ticket import ticket_detail, ticket_file

__all__ = [
    "action_done",
    "case_add",
    "case_detail",
    "case_edit",
    "case_list",
    "desk_edit",
    "feedback_add",
    "feedback_received",
    "lessons",
    "link_detail",
    "link_file",
    "link_satisfied",
    "measure_add",
    "measure_done",
    "measure_list",
    "mention_list",
    "ticket_add",
    "ticket_board",
    "ticket_detail",
    "ticket_file",
    "ticket_link",
    "ticket_match",
    "ticket_paper",
    "ticket_queue",
    "ticket_step",
]
