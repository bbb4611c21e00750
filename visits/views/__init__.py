from visits.views.calendar import calendar
from visits.views.callbacks import callback_add, callback_move, callback_skip, due_skip, due_snooze
from visits.views.checks import check_detail, check_list
from visits.views.coverage import coverage_page
from visits.views.feed import feed_file, feed_page
from visits.views.lists import list_add, list_detail, list_give, list_list
from visits.views.logs import log_add, log_list
from visits.views.messages import message_add, message_list, message_retry, messages_add
from visits.views.monthly import comment_add, month_export, month_page
from visits.views.open import customer_open
from visits.views.promises import promise_hand_on, promise_keep, promise_list, promise_renegotiate
from visits.views.records import addition_add, log_correct, log_detail, log_picture
from visits.views.rules import cadence_add, cadence_edit, rule_add, rule_edit, rule_list
from visits.views.scripts import script_edit, script_list, text_add, text_edit
from visits.views.sites import site_add, site_cancel, site_detail, site_edit, site_finish, site_list

__all__ = [
    "addition_add",
    "cadence_add",
    "cadence_edit",
    "calendar",
    "callback_add",
    "callback_move",
    "callback_skip",
    "check_detail",
    "check_list",
    "comment_add",
    "coverage_page",
    "customer_open",
    "due_skip",
    "due_snooze",
    "feed_file",
    "feed_page",
    "list_add",
    "list_detail",
    "list_give",
    "list_list",
    "log_add",
    "log_correct",
    "log_detail",
    "log_list",
    "log_picture",
    "message_add",
    "message_list",
    "message_retry",
    "messages_add",
    "month_export",
    "month_page",
    "promise_hand_on",
    "promise_keep",
    "promise_list",
    "promise_renegotiate",
    "rule_add",
    "rule_edit",
    "rule_list",
    "script_edit",
    "script_list",
    "site_add",
    "site_cancel",
    "site_detail",
    "site_edit",
    "site_finish",
    "site_list",
    "text_add",
    "text_edit",
]
