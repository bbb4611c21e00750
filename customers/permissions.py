"""Who may do what with a customer. Row sight is `Customer.objects.visible_to`; this adds fields and verbs."""

from staff.permissions import is_administrator, is_finance, is_in_sight, is_leader, is_seller


def owns_or_leads(user, customer) -> bool:
    """The owner, and whoever sees the owner's work; nobody for a customer in the pool."""
    return customer.owner_id is not None and not is_finance(user) and is_in_sight(user, customer.owner_id)


def lent_to(user) -> frozenset[int]:
    """Return the ids of the customers that `user` has borrowed today; of those in the pool nobody has any.

    Asked once a request: few people borrow many, and a list that knows the ids needs no join.
    """
    lent = getattr(user, "lent", None)
    if lent is None:
        loans = user.loans.running().filter(customer__owner__isnull=False)
        lent = user.lent = frozenset(loans.values_list("customer", flat=True))
    return lent


def works_with(user, customer) -> bool:
    """Whoever owns the customer or leads its owner, and whoever has borrowed it to call it (policy 5.1)."""
    if owns_or_leads(user, customer):
        return True
    return customer.owner_id is not None and not is_finance(user) and customer.pk in lent_to(user)


def sees_contacts(user, customer) -> bool:
    """In the pool contact details are masked for everybody (policy 4.5); finance needs none (policy 1.8)."""
    return works_with(user, customer)


def may_edit(user, customer) -> bool:
    return owns_or_leads(user, customer)


def may_log(user, customer) -> bool:
    return works_with(user, customer)


def may_claim(user, customer) -> bool:
    return is_seller(user)


def may_release(user, customer) -> bool:
    return owns_or_leads(user, customer)


def may_create(user) -> bool:
    """Sellers create for themselves, leaders for the people they lead."""
    return is_seller(user) or is_leader(user)


def may_import(user) -> bool:
    return is_leader(user)


def may_edit_standard(user) -> bool:
    return is_administrator(user)
