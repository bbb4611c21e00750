"""What a page shows in several places, or everybody alike, is drawn once; addresses still lead to every room."""

import pytest
from django.template import engines
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import translation

from crm.lib.addresses import address

KEEPS = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "drawn"}}


def drawn(text):
    return engines["django"].from_string(text).render({})


def test_what_is_drawn_once_is_drawn_once_for_each_language(settings):
    settings.CACHES = KEEPS
    words = {}
    for language in ("en", "zh-hans", "en", "zh-hans"):
        with translation.override(language):
            words.setdefault(language, set()).add(drawn('{% drawn "includes/brand.html" %}'))
    assert [len(found) for found in words.values()] == [1, 1]
    assert words["en"] != words["zh-hans"]
    assert all("<img" in text for found in words.values() for text in found)


def test_what_is_kept_is_shown_where_it_is_named():
    assert drawn("{% kept as it %}<b>{% icon 'x' %}</b>{% endkept %}[{{ it }}{{ it }}]").count("<b><svg") == 2


@pytest.mark.parametrize("path", ["/", "/plans/7/decide/", "/customers/7/plans/", "/customers/7/", "/feedback/"])
def test_an_address_leads_to_its_room_and_back(path):
    found = resolve(path)
    assert reverse(found.view_name, kwargs=found.kwargs) == path


@pytest.mark.parametrize("path", ["/plan/", "/plansplans/", "/plans7/", "/x/plans/"])
def test_what_only_looks_like_a_room_leads_nowhere(path):
    with pytest.raises(Resolver404):
        resolve(path)


def test_an_unknown_page_has_no_address():
    assert address("plans:board") == reverse("plans:board")
    with pytest.raises(NoReverseMatch):
        address("plans:nothing")
