"""Who works with whom: the one place that says whose work a person may see (policy 1.8).

Predicates take the person first. `None` for a set of people means everybody.
"""

from staff.roles import Role

EVERYBODY = {Role.DIRECTOR, Role.ADMINISTRATOR, Role.FINANCE}
SELLERS = {Role.REPRESENTATIVE, Role.SUPERVISOR}
LEADERS = {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR}
# Whoever may hold a seat of an approval chain, or stand in for somebody who does.
DECIDERS = LEADERS | {Role.FINANCE}


def is_administrator(user) -> bool:
    return user.role == Role.ADMINISTRATOR


def is_finance(user) -> bool:
    return user.role == Role.FINANCE


def handles_money(user) -> bool:
    """Whoever may say that money arrived (policy 1.5)."""
    return user.role in {Role.FINANCE, Role.ADMINISTRATOR}


def is_leader(user) -> bool:
    return user.role in LEADERS


def is_seller(user) -> bool:
    """Whoever can be given customers and may take them from the pool (policy 4.5)."""
    return user.role in SELLERS


def may_record_absence(user, person_id) -> bool:
    """One's own, and those of the people whose work one leads (policy 6.2)."""
    return person_id == user.pk or (is_leader(user) and is_in_sight(user, person_id))


def people_in_sight(user) -> frozenset[int] | None:
    """Return the ids of the people whose customers `user` sees: self, team, subtree; None for everybody.

    Asked once a request: the answer is kept on the user, through the lazy wrapper that `request.user` is.
    """
    if user.role in EVERYBODY:
        return None
    if user.role == Role.REPRESENTATIVE:
        return frozenset({user.pk})
    sight = getattr(user, "sight", None)
    if sight is None:
        sight = user.sight = frozenset(user.people_led()) | {user.pk}
    return sight


def is_in_sight(user, person_id) -> bool:
    if person_id == user.pk:
        return True
    people = people_in_sight(user)
    return people is None or person_id in people
