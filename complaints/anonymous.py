"""Personal data in a case (policy 1.8, 7.8): found by what is known of the ticket, and by how such data looks.

What is found are the words as they stand in the text: numbers to call, mail addresses, the customer, its contacts, its
code and orders, whoever complained, and colleagues.
"""

import re
from collections.abc import Iterable

from django.db.models import F, Value

from complaints.models import Ticket
from customers.models import Contact
from sales.models import Order
from staff.models import User

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Seven digits and more, in groups or not; a date or an amount has fewer, or other signs between them.
PHONE = re.compile(r"(?<![\d.])\+?(?:\d[ \-()]{0,2}){6,}\d(?![\d.])")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
TITLES = "先生|女士|小姐|太太|经理|經理|总监|總監|总|總|师傅|師傅|工程师|主任|主管|老板|老闆|厂长|廠長|老师|老師|董"
# What a company's name ends and begins with is nobody's own.
FORMS = re.compile(r"(?:集团|股份|有限|责任|公司|集團|責任|商行|商店|厂|廠)+$")
SHORTEST = 2
HIDDEN = "×××"


def found(text: str, ticket: Ticket | None) -> list[str]:
    """Return what of `text` tells who somebody is, the longest first, each once."""
    words = set(_matches(MAIL, text)) | {it for it in _matches(PHONE, text) if not DATE.fullmatch(it.strip())}
    words |= {name for name in _names(text, ticket) if _stands_in(name, text)}
    words |= set(_titled(text, ticket))
    shown = []
    for word in sorted(words, key=lambda word: (-len(word), word)):
        # A part of a longer one is told only where it stands for itself.
        text, number = re.subn(re.escape(word), "\n", text, flags=re.IGNORECASE)
        if number:
            shown.append(word)
    return shown


def hidden(text: str, ticket: Ticket | None) -> str:
    """Return `text` with every such word made unreadable."""
    for word in found(text, ticket):
        text = re.sub(re.escape(word), HIDDEN, text, flags=re.IGNORECASE)
    return text


def _matches(pattern, text) -> Iterable[str]:
    return (match.strip() for match in pattern.findall(text))


def _names(text, ticket) -> set[str]:
    """Return the names and numbers that must not stand in a case, besides those that any text shows by itself."""
    names = set(User.objects.exclude(name="").values_list("name", flat=True))
    if ticket:
        names |= {ticket.number, ticket.reporter, ticket.phone, ticket.email}
    if ticket and ticket.customer_id:
        names |= {ticket.customer.code, *_company(ticket.customer.name), *_people(ticket)}
        orders = Order.objects.filter(customer=ticket.customer_id).annotate(told=Value(text))
        names |= set(orders.filter(told__icontains=F("number")).values_list("number", flat=True))
    return {name.strip() for name in names if len(name.strip()) >= SHORTEST}


def _company(name) -> set[str]:
    """Return the name of a company, and what it is called for short."""
    short = FORMS.sub("", name)
    return {name, short} if len(short) > SHORTEST else {name}


def _people(ticket) -> set[str]:
    return set(Contact.objects.filter(customer=ticket.customer_id).values_list("name", flat=True))


def _titled(text, ticket) -> set[str]:
    """Return how people of the ticket are spoken of: 王经理, 李总."""
    if ticket is None:
        return set()
    people = {str(one) for one in (ticket.holder, ticket.responsible, ticket.received_by) if one} | {ticket.reporter}
    people |= _people(ticket) if ticket.customer_id else set()
    surnames = {name[0] for name in people if name and not name.isascii()}
    if not surnames:
        return set()
    return {match[0] for match in re.finditer(f"[{re.escape(''.join(surnames))}](?:{TITLES})", text)}


def _stands_in(name: str, text: str) -> bool:
    """Whether `name` is in `text`: Chinese anywhere, letters as whole words."""
    if name.isascii():
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE | re.ASCII) is not None
    return name in text
