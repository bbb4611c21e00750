"""Who may do what with a maintenance plan (policy 1.1–1.4, 6). Who decides on one is `plans.seating`'s to say."""

from staff.permissions import DECIDERS, is_administrator, is_in_sight, is_leader
from staff.roles import Role

DRAFTERS = {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR}
ABOVE = {Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR}


def may_draft(user) -> bool:
    """Supervisors draft (policy 1.2); who stands above them may as well."""
    return user.role in DRAFTERS


def may_decide(user) -> bool:
    """Whoever may hold a seat of the chain has an inbox."""
    return user.role in DECIDERS


def stands_above(user, person_id) -> bool:
    """Whether `user` leads somebody as a manager, a director or the administrator."""
    return user.role in ABOVE and user.pk != person_id and is_in_sight(user, person_id)


def is_responsible(user, plan) -> bool:
    """The author alone submits a plan, withdraws it, carries it out and judges it."""
    return plan.author_id == user.pk


def may_write(user, plan) -> bool:
    """The author, and whoever was asked to contribute."""
    return is_responsible(user, plan) or plan.contributions.filter(person=user, is_open=True).exists()


def may_hand_on(user, plan) -> bool:
    """The author, and whoever stands above them: a plan must not stand still because its author left."""
    return is_responsible(user, plan) or stands_above(user, plan.author_id)


def may_offer(user, plan) -> bool:
    """Who says that a plan is a template for everybody: its author, and whoever stands above them."""
    return may_hand_on(user, plan)


def may_guide(user, plan) -> bool:
    """Whoever stands above the author and wrote none of it (policy 1.3, 6.4)."""
    return stands_above(user, plan.author_id) and user.pk not in plan.barred()


def may_steer_task(user, task) -> bool:
    return is_responsible(user, task.plan)


def may_do_task(user, task) -> bool:
    return task.person_id == user.pk or may_steer_task(user, task)


def reads_result(user, task) -> bool:
    """Whether `user`, who sees the task, reads what came of it, and what the customer said.

    Of a customer in the pool only leaders do, who judge the plan: who had it reads no more than others (policy 4.5).
    """
    return is_leader(user) or task.customer_id is None or task.customer.owner_id is not None


def may_edit_chain(user) -> bool:
    return is_administrator(user)
