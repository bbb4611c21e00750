"""What is about to go to the pool, and what its owner and those who lead them have to do before (policy 4.7)."""

import datetime as dt
from collections import namedtuple

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, ExpressionWrapper, Max, OuterRef, Q, fields
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm.lib.looks import grade, money, when
from customers import permissions
from customers.models import ClearingSheet, Customer, Extension, Stint
from customers.models.customer_queryset import LISTED
from customers.ownership import clearing, due
from customers.ownership.standing import COLORS, sheet_name
from staff.models import Absence, User

Status = Extension.Status
LOADED = (
    *LISTED, "owner", "owned_since", "talked_on", "kept_until", "owner__role", "owner__team__lineage",
)  # fmt: skip
BY_PERSON = """
    SELECT u.id, u.name, count(*) AS going,
           count(*) FILTER (WHERE k.id IS NULL AND c.returns_on <= %(asked_until)s) AS missing,
           count(*) FILTER (WHERE k.status = 'sent_back') AS sent_back,
           count(*) FILTER (WHERE k.status = 'written') AS written, count(e.id) AS extensions
    FROM customers_customer c
    JOIN staff_user u ON u.id = c.owner_id
    JOIN customers_stint s ON s.customer_id = c.id AND s.ended_at IS NULL
    LEFT JOIN customers_clearingsheet k ON k.stint_id = s.id
        AND (k.written_at AT TIME ZONE %(zone)s)::date >= c.returns_on - 2 * %(days)s
    LEFT JOIN customers_extension e ON e.customer_id = c.id AND e.status = 'asked'
    WHERE c.owner_id = ANY(%(people)s) AND c.returns_on <= %(until)s
    GROUP BY u.id ORDER BY missing DESC, going DESC, u.name, u.id
"""
Person = namedtuple("Person", "pk name going missing sent_back written extensions")


def going(user):
    """Return the customers of people in sight, with what a row of the list shows; those on hold come last of all."""
    return Customer.objects.owned_visible_to(user).select_related("owner__team").only(*LOADED)


def with_sheet(customers, *statuses, days: int):
    """Return those whose sheet counts and has one of `statuses`; sheets are asked for `days` before."""
    return customers.filter(Exists(_sheets(days, status__in=statuses)))


def without_sheet(customers, *, until: dt.date, days: int):
    """Return those that go by `until` and have no sheet that counts: none, or an old one."""
    return customers.filter(~Exists(_sheets(days)), returns_on__lte=until)


def _sheets(days, **fields_):
    from_ = ExpressionWrapper(OuterRef("returns_on") - dt.timedelta(days=2 * days), output_field=fields.DateTimeField())
    return ClearingSheet.objects.filter(customer=OuterRef("pk"), stint__ended_at=None, **fields_).filter(
        written_at__date__gte=from_
    )


def people_of(team: int) -> frozenset[int]:
    """Return the ids of whoever works in a team or below it."""
    return frozenset(User.objects.filter(team__lineage__contains=[team]).order_by().values_list("pk", flat=True))


def by_person(people, *, until: dt.date, days: int) -> list[Person]:
    """Return how many customers of each of `people` go by `until`, and what of them is to do; most missing first.

    Sheets are asked for `days` before.
    """
    params = {"people": list(people), "until": until, "days": days, "zone": settings.TIME_ZONE}
    params["asked_until"] = timezone.localdate() + dt.timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(BY_PERSON, params)
        return list(map(Person._make, cursor.fetchall()))


def listed(customers, user, known) -> list[tuple]:
    """Return what each row of the list shows, in the order in which its template names it.

    `known` are the rules in force, as `rules_in_force()` returns them.
    """
    reads, stints, rules = readers(customers, known), running(customers), known[0]
    detail, log, order, sheet, ask = (
        reverse(view, args=[0]).replace("0", "%d")
        for view in ("customers:detail", "visits:add", "sales:add", "customers:sheet", "customers:extend")
    )
    inbox = reverse("customers:extensions")
    return [
        (
            detail % customer.pk,
            customer.name,
            customer.code,
            grade(customer.grade),
            money(customer.dealt),
            when(customer.returns_on, due=True, soon=rules.sheet_days),
            due.in_words(reads[customer.owner_id].due(customer), customer),
            customer.owner.name,
            customer.owner.team.name if customer.owner.team else "",
            *_sheet_cell(customer, stints[customer.pk], rules.sheet_days, user),
            sheet % customer.pk,
            *_extension_cell(customer, stints[customer.pk], rules, user),
            ask % customer.pk if not stints[customer.pk].asked else f"{inbox}#extension-{stints[customer.pk].asked}",
            log % customer.pk,
            order % customer.pk,
        )
        for customer in customers
    ]


def readers(customers, known) -> dict[int, due.Reader]:
    """Return a reader of due dates for each owner, with everybody's leave from one question."""
    found = {customer.owner_id: due.Reader(customer.owner) for customer in customers}
    for reader in found.values():
        reader.rules, reader.leave = known, []
    absences = Absence.objects.filter(person__in=found).order_by("since")
    for person, since, until in absences.values_list("person", "since", "until"):
        found[person].leave.append((since, until))
    return found


def running(customers) -> dict[int, Stint]:
    """Return the running ownership of each customer by its id, with its sheet and what became of its extensions."""
    stints = Stint.objects.filter(customer__in=[customer.pk for customer in customers], ended_at=None)
    stints = stints.select_related("sheet").annotate(
        asked=Max("extensions__pk", filter=Q(extensions__status=Status.ASKED)),
        asked_days=Max("extensions__days", filter=Q(extensions__status=Status.ASKED)),
        granted=Count("extensions", filter=Q(extensions__status=Status.GRANTED)),
        refused=Count("extensions", filter=Q(extensions__status=Status.REFUSED)),
    )
    return {stint.customer_id: stint for stint in stints}


def _sheet_cell(customer, stint, days, user):
    """Return the state of the sheet, its colour, and what `user` does about it ("" for nothing)."""
    state = clearing.state(getattr(stint, "sheet", None), customer.returns_on, days)
    is_asked = (customer.returns_on - timezone.localdate()).days <= days
    if state == clearing.MISSING and not is_asked:
        return "", "", _("Write it") if customer.owner_id == user.pk else ""
    if customer.owner_id == user.pk:
        do = _("Write it") if state == clearing.MISSING else pgettext("clearing sheet", "Open")
        return sheet_name(state), COLORS[state], do
    return sheet_name(state), COLORS[state], "" if state == clearing.MISSING else _("Read")


def _extension_cell(customer, stint, rules, user):
    """Return what of extensions there is to say, its colour, and what `user` may do ("ask", "decide", "")."""
    if stint.asked_days:
        may_decide = permissions.leads_owner(user, customer)
        text = ngettext("%(number)d day asked for", "%(number)d days asked for", stint.asked_days)
        return text % {"number": stint.asked_days}, "orange", "decide" if may_decide else ""
    left = rules.extensions - stint.granted
    do = "ask" if left > 0 and customer.owner_id == user.pk and not customer.is_held else ""
    if stint.granted:
        text = ngettext("%(number)d granted, %(left)d left", "%(number)d granted, %(left)d left", stint.granted)
        return text % {"number": stint.granted, "left": max(left, 0)}, "secondary", do
    return (pgettext("extension", "refused"), "red", do) if stint.refused else ("", "", do)
