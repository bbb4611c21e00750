"""Some customers, which nobody owns, from one pool to another (policy 4.5); a whole pool at once moves by `pools`."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction

from customers.models import Customer, Pool


def repool(customers: Iterable[Customer], *, pool: Pool, note, by) -> int:
    """Move `customers` to `pool`, all or none; return how many were not there already.

    Raises PermissionDenied when `by` does not lead or may not look into `pool`, TooLate when one has been claimed.
    """
    if not Pool.objects.open_to(by).filter(pk=pool.pk).exists():
        raise PermissionDenied
    moved = sorted((one for one in customers if one.pool_id != pool.pk), key=lambda one: one.pk)
    with transaction.atomic():
        for customer in moved:
            customer.move_to(pool, note=note, by=by)
    return len(moved)
