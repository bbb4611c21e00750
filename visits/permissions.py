"""Who may see and write contacts with customers, and who steers them (policy 1, 5)."""

from customers.permissions import lent_to, may_log, owns_or_leads
from staff.permissions import is_administrator, is_finance, is_in_sight, is_leader

# How long its author may correct a log, in hours; later there are only additions (policy 5.6).
CORRECTABLE_HOURS = 24


def may_read_logs(user) -> bool:
    return not is_finance(user)


def sees_customer(user, customer) -> bool:
    """Whether the customer's page opens for `user`, who may stand for something of a customer that left their sight."""
    return customer.owner_id is None or is_in_sight(user, customer.owner_id) or customer.pk in lent_to(user)


def may_work_on(user, callback) -> bool:
    """The customer's owner and whoever leads them; whoever the callback was given to."""
    return callback.person_id == user.pk or owns_or_leads(user, callback.customer)


def may_keep(user, promise) -> bool:
    """Whoever stands for the promise, and whoever sees their work."""
    return not is_finance(user) and is_in_sight(user, promise.owner_id)


def may_correct(user, log) -> bool:
    """The author alone, as long as the customer's contacts are theirs to read (policy 5.6)."""
    return log.by_id == user.pk and may_log(user, log.customer)


def may_add_to(user, log) -> bool:
    """The author, and whoever works with the customer."""
    return not is_finance(user) and (log.by_id == user.pk or may_log(user, log.customer))


def may_edit_rules(user) -> bool:
    return is_administrator(user)


def may_edit_scripts(user) -> bool:
    return is_leader(user)


def may_lead(user) -> bool:
    """Call lists, spot checks, coverage and comments are the leaders' (policy 1.2, 5.1, 5.9, 10.6)."""
    return is_leader(user)


def may_visit(user, visit) -> bool:
    return owns_or_leads(user, visit.customer)


def may_write_for(user, message) -> bool:
    """Whoever may log contacts of its customer may send the customer a message, and send it again."""
    return may_log(user, message.customer)
