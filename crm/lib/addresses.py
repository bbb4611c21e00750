"""Addresses of pages that are one of their kind: the sidebar and the tabs of a room ask for a dozen on every page."""

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=256)
def address(view: str) -> str:
    """Return the address of the page with this name; none changes while the application runs."""
    return reverse(view)
