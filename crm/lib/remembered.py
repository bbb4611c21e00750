"""What changes rarely and is asked for on every page: remembered for moments, by each process for itself."""

from collections.abc import Callable

from django.core.cache import cache

# A setting that was changed holds everywhere after so many seconds.
SECONDS = 30


def remembered(key: str, make: Callable):
    """Return what `make` returned under `key` at most SECONDS ago; what it returns is copied, so it must be plain data.

    Never for anything that depends on who asks.
    """
    return cache.get_or_set(key, make, SECONDS)
