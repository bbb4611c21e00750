"""Who may do what with orders and money (policy 1.5, 8)."""

from staff.permissions import handles_money, is_in_sight, is_leader, is_seller


def may_confirm(user, order) -> bool:
    """Only finance says that money arrived, and the administrator in its place."""
    return handles_money(user)


def may_import(user) -> bool:
    return handles_money(user)


def may_order_for(user, customer) -> bool:
    """Sellers and leaders write orders for customers in their sight; finance for any customer."""
    if handles_money(user):
        return True
    owned = customer.owner_id is not None and is_in_sight(user, customer.owner_id)
    return owned and (is_seller(user) or is_leader(user))
