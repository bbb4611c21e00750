"""Who may do what with a complaint or suggestion (policy 1.6, 1.7, 7)."""

from staff.permissions import is_finance, is_in_sight, is_leader


def may_receive(user) -> bool:
    """Whoever is asked receives it (policy 1.7)."""
    return not is_finance(user)


def leads_holder(user, ticket) -> bool:
    """Whether `user` leads whoever looks after the ticket; one that nobody has taken is every leader's."""
    return is_leader(user) and (ticket.holder_id is None or is_in_sight(user, ticket.holder_id))


def may_work(user, ticket) -> bool:
    """Whoever looks after it or is responsible for its cause, and who leads them."""
    return user.pk in {ticket.holder_id, ticket.responsible_id} or leads_holder(user, ticket)


def may_take(user, ticket) -> bool:
    return not is_finance(user)


def may_note(user, ticket) -> bool:
    return not is_finance(user)


def may_review(user, ticket) -> bool:
    """A leader who neither looks after it nor is responsible: the supervisor's review is nobody's own (policy 7.5)."""
    return is_leader(user) and leads_holder(user, ticket) and user.pk not in {ticket.responsible_id, ticket.holder_id}


def sees_consequences(user, ticket) -> bool:
    """Consequences for staff are for leaders only, and not for whom they concern (policy 7.6)."""
    return is_leader(user) and user.pk != ticket.responsible_id


def may_finish(user, action) -> bool:
    """Whoever was given it, and whoever works on the ticket; who sees it is asked before."""
    return user.pk == action.person_id or may_work(user, action.ticket)


def may_write_case(user, ticket) -> bool:
    """Whoever worked on the ticket writes it up, once it is closed (policy 7.8)."""
    return may_work(user, ticket)


def may_edit_case(user, case) -> bool:
    return is_leader(user) or user.pk == case.by_id


def may_plan_measures(user) -> bool:
    return is_leader(user)


def may_finish_measure(user, measure) -> bool:
    return is_leader(user) or (user.pk == measure.owner_id and not is_finance(user))
