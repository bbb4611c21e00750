"""Small things every view does the same way."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def get_visible(queryset, user, **lookup):
    """Return the one record of `queryset` that `user` may see; 404 otherwise, as if it did not exist."""
    record = queryset.visible_to(user).filter(**lookup).first()
    if record is None:
        raise Http404
    return record


def require(allowed):
    """Raise PermissionDenied (403) unless `allowed`."""
    if not allowed:
        raise PermissionDenied


def render_page(request, template, context, *, fragment=None, status=200):
    """Draw a page, or only its partial `fragment` when HTMX asks: same address, same data."""
    name = f"{template}#{fragment}" if fragment and request.htmx and not request.htmx.boosted else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
