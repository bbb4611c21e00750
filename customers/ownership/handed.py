"""What this room and the one below hand over: customers, offers of them, teams and delegations (policy 4.6)."""

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from customers.models import Activity, Customer, Stint, Transfer
from customers.ownership import restoring
from customers.ownership.handing_over import BEFORE, CUSTOMERS, Column, Given, Held, Kind, Work, register
from customers.reactions import react
from staff import teams
from staff.changes import company_changed
from staff.models import Absence, Team
from staff.permissions import DECIDERS, LEADERS, SELLERS, is_administrator

GIVEN = "unnest(%(customers)s::bigint[], %(people)s::bigint[]) AS g (customer, person)"
# In one statement, whatever their number; the triggers write stints and due dates.
GIVE = f"""
    WITH moved AS (
        UPDATE customers_customer c
        SET owner_id = g.person, owned_since = CASE WHEN g.person IS NOT NULL THEN %(today)s::date END,
            owned_at = CASE WHEN g.person IS NOT NULL THEN %(now)s END, pool_id = NULL,
            pooled_at = CASE WHEN g.person IS NULL THEN %(now)s END,
            pool_note = CASE WHEN g.person IS NULL THEN left(%(note)s, 300) ELSE '' END,
            next_contact_on = CASE WHEN g.person IS NOT NULL THEN next_contact_on END,
            stint_reason = %(reason)s, moved_by_id = %(by)s, moved_in_id = %(run)s, updated_at = %(now)s
        FROM {GIVEN} WHERE c.id = g.customer RETURNING c.id, c.owner_id
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT m.id, CASE WHEN m.owner_id IS NULL THEN 'release' ELSE 'assign' END, %(by)s, %(now)s, %(note)s,
           jsonb_build_object('owner', coalesce(u.name, %(leaver)s), 'from', %(leaver)s::text,
                              'reason', %(reason)s::text)
    FROM moved m LEFT JOIN staff_user u ON u.id = m.owner_id ORDER BY m.id RETURNING customer_id
"""  # noqa: S608 - constants only
GIVE_BACK = f"""
    WITH moved AS (
        UPDATE customers_customer c
        SET owner_id = %(owner)s, owned_since = s.since, owned_at = %(now)s, pool_id = NULL, pooled_at = NULL,
            pool_note = '', stint_reason = s.reason, moved_by_id = %(by)s, moved_in_id = NULL, updated_at = %(now)s
        FROM {GIVEN} JOIN unnest(%(customers)s::bigint[], %(since)s::date[], %(reasons)s::text[])
            AS s (id, since, reason) ON s.id = g.customer
        WHERE c.id = g.customer AND c.moved_in_id = %(run)s AND c.owner_id IS NOT DISTINCT FROM g.person
        RETURNING c.id, g.person
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT m.id, 'assign', %(by)s, %(now)s, %(note)s,
           jsonb_build_object('owner', %(leaver)s::text, 'from', coalesce(u.name, ''), 'reason', %(reason)s::text)
    FROM moved m LEFT JOIN staff_user u ON u.id = m.person ORDER BY m.id RETURNING customer_id
"""  # noqa: S608 - constants only


def customers_of(person):
    return Customer.objects.filter(owner=person)


def _customers(person):
    found = customers_of(person).order_by("pinyin", "pk").values_list("pk", "code", "name", "dealt")
    return [Held(pk, f"{code} {name}", customer=pk, amount=dealt) for pk, code, name, dealt in found]


def _give_customers(given: list[Given], work: Work) -> dict[int, dict]:
    """Give those that are still the leaver's; return since when they were, why, and what ends with that."""
    to = {one.source: one.receiver for one in given}
    rows = customers_of(work.leaver).filter(pk__in=to).order_by("pk").select_for_update(of=("self",), no_key=True)
    rows = rows.only("owned_since", "stint_reason")
    since = {row.pk: {"since": row.owned_since, "reason": row.stint_reason} for row in rows}
    before = {pk: since[pk] | noted for pk, noted in restoring.kept(since).items()}
    _write(GIVE, work, {pk: to[pk] for pk in before}, reason=Stint.Reason.HANDED_OVER)
    return before


def _give_back_customers(given: list[Given], work: Work) -> set[int]:
    """Give back those whose owner (or pool) is what the handover made it, with what they had."""
    to = {one.source: one.receiver for one in sorted(given)}
    list(Customer.objects.filter(pk__in=to).order_by("pk").select_for_update(of=("self",), no_key=True).values("pk"))
    before = {one.source: one.before for one in given}
    reasons = [_given_back(before[pk].get("reason")) for pk in to]
    since = {"since": [before[pk]["since"] for pk in to], "reasons": reasons, "owner": work.leaver.pk}
    back = _write(GIVE_BACK, work, to, reason=Stint.Reason.UNDONE, **since)
    restoring.again({pk: before[pk] for pk in sorted(back)})
    return back


def _given_back(reason) -> str:
    return Stint.Reason.CLAIM_BACK if reason in Stint.OF_CLAIM else Stint.Reason.UNDONE


def _write(statement, work, to, *, reason, **more) -> set[int]:
    """Move the customers to whom `to` says; return those that moved, after the rooms above have done their part."""
    params = {
        "customers": list(to),
        "people": list(to.values()),
        "today": timezone.localdate(work.at),
        "now": work.at,
        "by": work.by.pk,
        "leaver": work.leaver.name,
        "note": work.note,
        "run": work.run.pk,
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params | more)
        moved = {pk for (pk,) in cursor.fetchall()}
    react(sorted(moved))
    return moved


CUSTOMER = register(
    Kind(
        code="customer",
        title=_("Customers"),
        count=ngettext_lazy("%(number)d customer", "%(number)d customers", "number"),
        icon="building",
        held=_customers,
        number=lambda person: customers_of(person).count(),
        give=_give_customers,
        give_back=_give_back_customers,
        rank=10,
        phase=CUSTOMERS,
        fits=lambda role: role in SELLERS,
        home=_("into the pool"),
    )
)


# Offers of customers to the leaver, which they never answered: they are withdrawn.

OFFERED = Column(Transfer.objects.offered, "receiver")


def _offers(person):
    found = OFFERED.of(person).select_related("customer", "sender").order_by("pk")
    return [Held(one.pk, f"{one.customer.name} · {one.sender}", one.customer_id, at_home=True) for one in found]


def _withdraw(given, work):
    rows = OFFERED.of(work.leaver).filter(pk__in=[one.source for one in given]).order_by("pk")
    offers = list(rows.select_for_update(of=("self",)).select_related("sender", "receiver"))
    answered = {"status": Transfer.Status.WITHDRAWN, "answered_at": work.at, "answered_by": work.by}
    return {pk: {} for pk in _answer(offers, "withdrawn", work, **answered)}


def _offer_again(given, work):
    """Offer again what is still its sender's, as it was, unless they have offered it to somebody since."""
    since = Transfer.objects.filter(customer=OuterRef("customer"), offered_at__gte=OuterRef("answered_at"))
    owned = {"customer__owner": F("sender"), "customer__owned_at__lte": F("answered_at")}
    rows = Transfer.objects.filter(status=Transfer.Status.WITHDRAWN, receiver=work.leaver).filter(
        pk__in=[one.source for one in given], **owned
    )
    rows = rows.exclude(Exists(since)).order_by("pk").select_for_update(of=("self",))
    offers = list(rows.select_related("sender", "receiver"))
    open_ = {"status": Transfer.Status.OFFERED, "answered_at": None, "answered_by": None}
    return set(_answer(offers, "offered", work, **open_))


def _answer(offers, what, work, **fields) -> list[int]:
    """Write `fields` into all of `offers`, and on the timelines what became of them; return their ids."""
    pks = [one.pk for one in offers]
    Transfer.objects.filter(pk__in=pks).update(**fields)
    Activity.objects.bulk_create(
        Activity(
            customer_id=one.customer_id,
            verb=Activity.Verb.TRANSFER,
            by=work.by,
            at=work.at,
            note=work.note,
            data={"what": what, "from": str(one.sender), "to": str(one.receiver)},
        )
        for one in offers
    )
    return pks


register(
    Kind(
        code="offer",
        title=_("Offers of customers"),
        count=ngettext_lazy("%(number)d offer", "%(number)d offers", "number"),
        icon="arrow-forward-up",
        held=_offers,
        number=OFFERED.number,
        give=_withdraw,
        give_back=_offer_again,
        rank=90,
        fits=lambda role: False,
        fits_back=lambda role: role in SELLERS,
        home=_("withdrawn"),
        blocks=False,
    )
)


# Teams that they head; an administrator names another head.

HEADED = Column(Team.objects.all, "head", told=lambda rows, work: company_changed())


def _teams(person):
    return [Held(team.pk, team.path) for team in HEADED.of(person).order_by("path")]


register(
    Kind(
        code="team",
        title=_("Teams that they head"),
        count=ngettext_lazy("%(number)d team", "%(number)d teams", "number"),
        icon="sitemap",
        held=_teams,
        number=HEADED.number,
        give=HEADED.give,
        give_back=HEADED.give_back,
        rank=80,
        phase=BEFORE,
        hold=lambda listed: teams.lock_tree(),
        fits=lambda role: role in LEADERS,
        may=lambda by, leaver: is_administrator(by),
        # Staff itself asks for another head.
        blocks=False,
    )
)


# Leave of others during which they decide; without them, the chain goes round.


def _stand_ins():
    return Absence.objects.filter(until__gte=timezone.localdate())


DELEGATED = Column(_stand_ins, "delegate", told=lambda rows, work: company_changed())


def _delegations(person):
    found = DELEGATED.of(person).select_related("person").order_by("since", "pk")
    return [Held(one.pk, f"{one.person} {one.since} – {one.until}", at_home=True) for one in found]


def _delegate(given, work):
    """Nobody stands in for themselves: their own leave goes to nobody."""
    own = set(Absence.objects.filter(pk__in=[one.source for one in given]).values_list("pk", "person"))
    to = {one.source: None if (one.source, one.receiver) in own else one.receiver for one in given}
    moved = DELEGATED.give([Given(source, receiver) for source, receiver in to.items()], work)
    return {source: {"to": to[source]} for source in moved}


def _delegate_back(given, work):
    return DELEGATED.give_back([one._replace(receiver=one.before["to"]) for one in given], work)


register(
    Kind(
        code="delegation",
        title=_("Decides for absent colleagues"),
        count=ngettext_lazy("%(number)d delegation", "%(number)d delegations", "number"),
        icon="beach",
        held=_delegations,
        number=DELEGATED.number,
        give=_delegate,
        give_back=_delegate_back,
        rank=71,
        phase=BEFORE,
        fits=lambda role: role in DECIDERS,
        home=_("the next above"),
        blocks=False,
    )
)
