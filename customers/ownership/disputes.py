"""Disputes: two people say that a customer is theirs, and somebody above both decides (policy 1.7, 4.1, 4.2).

Raised by hand by whoever took an inquiry of somebody else's customer, or by the first order of one (`first_order`).
The evidence is collected when it arises and stays as it was then. Asked to decide are the nearest above both: their
supervisor, else the nearest manager, else the director; anybody else who leads both may.
"""

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import permissions
from customers.models import Activity, Customer, Dispute, Inquiry, Stint
from customers.ownership import owning
from staff import notices
from staff.models import User
from staff.roles import Role

# So many lines of each kind of evidence are kept, the latest.
LINES = 40
# Names, dates and numbers only: no words that people wrote, in which contact details may stand.
COLLECT = """
    UPDATE customers_dispute d SET evidence = d.evidence || jsonb_build_object(
        'inquiries', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('person', i.by_id, 'name', u.name, 'at', i.at,
                                                         'channel', i.channel, 'first', i.is_first)
                                      ORDER BY i.at), '[]')
            FROM (SELECT * FROM customers_inquiry WHERE customer_id = d.customer_id ORDER BY at LIMIT %(lines)s) AS i
            JOIN staff_user u ON u.id = i.by_id),
        'stints', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('person', s.owner_id, 'name', coalesce(u.name, p.name),
                                                         'from', s.started_at, 'until', s.ended_at,
                                                         'began', s.start_reason, 'ended', s.end_reason)
                                      ORDER BY s.started_at), '[]')
            FROM (SELECT * FROM customers_stint WHERE customer_id = d.customer_id ORDER BY started_at DESC
                  LIMIT %(lines)s) AS s
            LEFT JOIN staff_user u ON u.id = s.owner_id LEFT JOIN customers_pool p ON p.id = s.pool_id),
        'orders', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('person', a.by_id, 'name', coalesce(u.name, ''), 'at', a.at,
                                                         'order', a.data ->> 'order', 'amount', a.data -> 'amount',
                                                         'paid', a.verb = 'pay') ORDER BY a.at), '[]')
            FROM (SELECT * FROM customers_activity WHERE customer_id = d.customer_id AND verb IN ('order', 'pay')
                  ORDER BY at DESC LIMIT %(lines)s) AS a
            LEFT JOIN staff_user u ON u.id = a.by_id),
        'contacts', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('person', c.by_id, 'name', u.name, 'number', c.number,
                                                         'first', c.first, 'last', c.last) ORDER BY c.first), '[]')
            FROM (SELECT by_id, count(*) AS number, min(at) AS first, max(at) AS last
                  FROM customers_activity WHERE customer_id = d.customer_id AND verb = 'log' AND by_id IS NOT NULL
                  GROUP BY by_id) AS c
            JOIN staff_user u ON u.id = c.by_id))
    WHERE d.id = ANY(%(disputes)s)
"""


def dispute(inquiry: Inquiry, *, reason, by) -> Dispute:
    """Say that the customer of one's own `inquiry` is one's own; said again it is the same open dispute.

    Raises PermissionDenied when `by` did not take the inquiry or sells nothing, TooLate when nobody else owns it.
    """
    if not permissions.may_dispute(by, inquiry):
        raise PermissionDenied
    with transaction.atomic():
        customers = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
        customer = customers.get(pk=inquiry.customer_id)
        if customer.owner_id is None:
            raise TooLate(_("This customer lies in the pool now: claim it there."))
        if customer.owner_id == by.pk:
            raise TooLate(_("This customer is yours."))
        facts = {"owner": customer.owner, "kind": Dispute.Kind.FIRST_INQUIRY, "reason": reason}
        raised, is_new = Dispute.objects.get_or_create(customer=customer, claimant=by, decided_at=None, defaults=facts)
        if is_new:
            data = {"owner": str(customer.owner), "claimant": str(by)}
            Activity.objects.create(customer=customer, verb=Activity.Verb.DISPUTE, by=by, data=data)
            settle_in([raised.pk])
            raised.refresh_from_db(fields=("asked", "evidence"))
    return raised


def collect(pks: list[int]) -> None:
    """Write what is known now of the customers of new disputes as their evidence."""
    with connection.cursor() as cursor:
        cursor.execute(COLLECT, {"disputes": pks, "lines": LINES})


def settle_in(pks: list[int]) -> None:
    """Collect the evidence of new disputes, ask whoever decides, tell them and the owner."""
    collect(pks)
    disputes = list(Dispute.objects.filter(pk__in=pks).select_related("owner__team", "claimant__team"))
    ask(disputes)
    notices.write_to(sorted({pk for one in disputes for pk in one.asked}), _decide_words)
    notices.write_to(sorted({one.owner_id for one in disputes}), _owner_words)


def _decide_words():
    return _("Two people say that a customer is theirs: please decide")


def _owner_words():
    return _("A colleague says that a customer of yours is theirs; somebody above both of you will decide")


def ask(disputes: list[Dispute]) -> None:
    """Write who is asked to decide each of `disputes`, as the company is now."""
    known = {}
    for one in disputes:
        pair = (one.owner_id, one.claimant_id)
        if pair not in known:
            known[pair] = nearest_above(one.owner, one.claimant)
        one.asked = known[pair]
    Dispute.objects.bulk_update(disputes, ["asked"])


def ask_again() -> None:
    """Write anew who is asked to decide what is open, after the company changed."""
    ask(list(Dispute.objects.open().select_related("owner__team", "claimant__team").order_by("pk")))


def nearest_above(one: User, other: User) -> list[int]:
    """Return the ids of the nearest who lead both: supervisors, else the lowest managers, else directors."""
    leaders = User.objects.active().filter(one.led_by(), other.led_by()).exclude(pk__in=[one.pk, other.pk])
    leaders = list(leaders.select_related("team").order_by("pk"))
    for role in (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR):
        found = [leader for leader in leaders if leader.role == role]
        if found:
            lowest = max(map(_depth, found)) if role == Role.MANAGER else 0
            return [leader.pk for leader in found if role != Role.MANAGER or _depth(leader) == lowest]
    return []


def _depth(person):
    return len(person.team.lineage) if person.team_id else 0


def decide(dispute: Dispute, *, winner: User, note, by) -> None:
    """Decide that the customer is `winner`'s, one of the two, and give it to them (policy 4.2).

    Raises PermissionDenied when `by` does not lead both or takes part, or `winner` can't own customers; TooLate when it
    is decided already. What has gone to a third person meanwhile stays there: the decision is kept on record alone.
    """
    if not permissions.may_decide(by, dispute) or winner.pk not in {dispute.owner_id, dispute.claimant_id}:
        raise PermissionDenied
    with transaction.atomic():
        customer = _hold(dispute, winner)
        if dispute.decided_at:
            raise TooLate(_("%(person)s has decided this already.") % {"person": dispute.decided_by})
        if customer.owner_id != winner.pk and customer.owner_id in {None, dispute.owner_id, dispute.claimant_id}:
            reason = Stint.Reason.DECIDED
            owning.give([customer.pk], to=winner, by=by, note=note, reason=reason, override=True)
        dispute.winner, dispute.note, dispute.decided_by, dispute.decided_at = winner, note, by, timezone.now()
        dispute.save(update_fields=["winner", "note", "decided_by", "decided_at"])
        data = {"owner": str(dispute.owner), "claimant": str(dispute.claimant), "winner": str(winner)}
        Activity.objects.create(customer=customer, verb=Activity.Verb.DISPUTE, by=by, data=data)
        told = {dispute.owner_id, dispute.claimant_id} - {by.pk}
        notices.write_to(
            sorted(told), lambda: _("A dispute was decided: the customer is %(person)s's") % {"person": winner}
        )


def _hold(dispute, winner) -> Customer:
    """Hold the person, the customer and the dispute, in this order, and read the dispute as it stands."""
    list(User.objects.select_for_update(no_key=True).filter(pk=winner.pk).values("pk"))
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=dispute.customer_id)
    dispute.refresh_from_db(from_queryset=Dispute.objects.select_for_update(of=("self",)))
    return customer
