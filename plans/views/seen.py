"""Customers named in the plans' room: only to whoever sees them (policy 1.8)."""

from customers.models import Customer


def mark_customers(tasks, user) -> None:
    """Note on each of `tasks` the customer as `user` may see it in `seen_customer`, None out of sight; one query."""
    ids = {task.customer_id for task in tasks if task.customer_id}
    found = Customer.objects.visible_to(user).filter(pk__in=ids).only("name", "grade") if ids else ()
    seen = {customer.pk: customer for customer in found}
    for task in tasks:
        task.seen_customer = seen.get(task.customer_id)
