"""Finding customers by parts: characters of the name, pinyin or its initials, code, phone digits, a contact's name.

Names are matched through their one- and two-character grams, romanised names and phone digits through trigrams, so that
two characters find a customer among a million. Contact details are searched only where the person may read them.
"""

import unicodedata

from django.db.models import Case, IntegerField, Q, Value, When

from customers.models import Contact, Customer

CONTACT_LIMIT = 200


def normalise(text: str) -> str:
    """Return `text` as search compares it: compatibility forms folded, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())[:100].replace("\0", "")


def matching(customers, text: str, *, user):
    """Return those of the queryset `customers` that `text` finds, as far as `user` may know."""
    text = normalise(text)
    if not text:
        return customers
    found = _name(text) | _code(text)
    by_contact = _contacts(text, user)
    return customers.filter(found | Q(pk__in=by_contact) if by_contact else found)


def quick(text: str, *, user, limit: int):
    """Return the first customers for the search box: names that begin with `text` first, owned before pooled."""
    text = normalise(text)
    if not text:
        return Customer.objects.none()
    found = matching(Customer.objects.visible_to(user), text, user=user)
    first = Case(
        When(Q(name__istartswith=text) | Q(code__iexact=text), then=Value(0)), default=1, output_field=IntegerField()
    )
    pooled = Case(When(owner=None, then=Value(1)), default=0, output_field=IntegerField())
    return found.annotate(first=first, pooled=pooled).order_by("first", "pooled", "-dealt", "id").for_list()[:limit]


def grams(text: str) -> list[str]:
    """Return the grams that a name holding `text` must have (see the database function crm_grams)."""
    if len(text) == 1:
        return [text]
    return sorted(pair for n in range(len(text) - 1) if " " not in (pair := text[n : n + 2]))


def _name(text):
    if text.isascii():
        # Below three letters no trigram helps: match the beginning of the name or of its initials.
        return (
            Q(pinyin__contains=text) if len(text) > 2 else Q(pinyin__startswith=text) | Q(pinyin__contains=f" {text}")
        )
    exact = Q() if len(text) < 3 else Q(name__icontains=text)
    return Q(grams__contains=grams(text)) & exact


def _code(text):
    """Match the code by any three letters or digits of it. Fewer have no trigram, nor has Chinese in every locale."""
    if not text.isascii():
        return Q(code__startswith=text.upper())
    return Q(code__icontains=text) if len(text) > 2 else Q(code__istartswith=text)


def _contacts(text, user):
    """Return the ids of customers with a contact whose phone or name matches; a few are enough to narrow by."""
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= 3 and not any(map(str.isalpha, text)):
        found = Contact.objects.filter(digits__contains=digits)
    elif not text.isascii():
        found = Contact.objects.filter(grams__contains=grams(text), name__icontains=text)
    else:
        return []
    readable = Customer.objects.with_contacts_for(user)
    return list(found.filter(customer__in=readable).values_list("customer_id", flat=True)[:CONTACT_LIMIT])
