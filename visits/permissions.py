"""Who may see and write contacts with customers (policy 5.8)."""

from staff.permissions import is_finance


def may_read_logs(user) -> bool:
    return not is_finance(user)
