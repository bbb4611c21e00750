"""Who may do what with a customer. Row sight is `Customer.objects.visible_to`; this adds fields and verbs."""

from staff.permissions import is_administrator, is_finance, is_in_sight, is_leader, is_seller


def owns_or_leads(user, customer) -> bool:
    """The owner, and whoever sees the owner's work; nobody for a customer in the pool."""
    return customer.owner_id is not None and not is_finance(user) and is_in_sight(user, customer.owner_id)


def sees_contacts(user, customer) -> bool:
    """In the pool contact details are masked for everybody (policy 4.5); finance needs none (policy 1.8)."""
    return owns_or_leads(user, customer)


def may_edit(user, customer) -> bool:
    return owns_or_leads(user, customer)


def may_log(user, customer) -> bool:
    return owns_or_leads(user, customer)


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
