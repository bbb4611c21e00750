"""What stands for an empty date when rows are ordered, so that a sort key is never null."""

import datetime as dt

from django.db.models import DateField, DateTimeField, F, Value
from django.db.models.functions import Coalesce

from crm.lib.paging import KeysetPage

NEVER = Value(dt.date(1, 1, 1), output_field=DateField())
NEVER_AT = Value(dt.datetime(1, 1, 2, tzinfo=dt.UTC), output_field=DateTimeField())
FAR = Value(dt.date(9999, 12, 31), output_field=DateField())

# What lists may be ordered by: the word in the address → a key that is never null.
SORTS = {
    "name": F("pinyin"),
    "code": F("code"),
    "dealt": F("dealt"),
    "last_sale": Coalesce("last_sale_on", NEVER),
    "last_contact": Coalesce("last_contact_at", NEVER_AT),
    "next_contact": Coalesce("next_contact_on", FAR),
    "returns": F("returns_on"),
    "pooled": F("pooled_at"),
}


def sorted_page(request, customers, *, default, without):
    """Return the page of `customers` in the order that the request's `sort` asks for ("-name" is backwards).

    `without` is the word whose column is empty for every row of the list: owned, or in the pool.
    """
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in SORTS.keys() - {without}:
        asked = default
    rows = customers.annotate(sort_key=SORTS[asked.removeprefix("-")])
    page = KeysetPage.of(request, rows, "sort_key", descending=asked.startswith("-"))
    page.sort = asked
    return page
