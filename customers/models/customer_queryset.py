"""Which customers: whom a person sees, and what of a row each page loads (policy 1.8, 4.5)."""

import datetime as dt

from django.db import connections, models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from crm.lib.prepared import Prepared
from customers.models.ownership import Stint
from customers.models.pool import Pool
from staff.permissions import is_finance, people_in_sight

# Asked before most writes, so without the price of building it from parts.
OWN = "SELECT id, name, owner_id FROM customers_customer WHERE id = %s AND owner_id = %s"
# What a row of a list shows.
LISTED = (
    "code", "name", "grade", "is_flagged", "dealt", "last_sale_on", "last_contact_at", "next_contact_on", "returns_on",
    "returns_rule", "is_held", "pooled_at", "pool", "stint_reason", "pool_note", "pool_why", "owner__name",
    "owner__username", "owner__team__name",
)  # fmt: skip
# What the page of the day shows of the customer to work on.
WORKED_ON = (
    "code", "name", "grade", "intention", "owner", "returns_on", "returns_rule", "is_held", "dealt", "payment", "need",
    "last_contact_at",
)  # fmt: skip


def in_sight(people, user) -> Q:
    """Return the condition that `people` own a customer, or it lies in a pool open to `user`, or is lent to them."""
    return Q(owner__in=people) | in_open_pool(user) | lent_to(user)


def in_open_pool(user) -> Q:
    """Return the condition that a customer lies in a pool that `user` may look into (policy 4.5)."""
    pools = open_pools(user)
    return Q(owner=None) if pools is None else Q(owner=None, pool__in=pools)


# Each pool in use, and whether it is open to somebody: `PoolQuerySet.open_to` for every page that shows customers.
POOLS = Prepared(
    "open_pools",
    """
    SELECT p.id, %(all)s OR p.team_id IS NULL OR p.team_id = ANY (own.lineage)
                 OR EXISTS (SELECT FROM staff_user m WHERE m.team_id = p.team_id AND m.id = ANY (%(people)s))
    FROM customers_pool p LEFT JOIN staff_user u ON u.id = %(user)s LEFT JOIN staff_team own ON own.id = u.team_id
    WHERE p.closed_at IS NULL
    """,
    {"user": "bigint", "all": "boolean", "people": "bigint[]"},
)


def open_pools(user) -> frozenset[int] | None:
    """Return the ids of the pools that `user` may look into, None for all; asked once a request."""
    if not hasattr(user, "pools"):
        people = people_in_sight(user)
        with connections[Pool.objects.db].cursor() as cursor:
            params = {"user": user.pk, "all": people is None, "people": list(people or ())}
            POOLS.execute(cursor, params)
            found = cursor.fetchall()
        opened = frozenset(pk for pk, is_open in found if is_open)
        user.pools, user.pool_count = None if len(opened) == len(found) else opened, len(opened)
    return user.pools


def pool_count(user) -> int:
    """Return how many pools `user` may look into."""
    open_pools(user)
    return user.pool_count


def lent_to(user) -> Q:
    """Return the condition that a customer is lent to `user`; those in the pool are lent to nobody."""
    return Q(owner__isnull=False, pk__in=user.loans.running().values("customer"))


class CustomerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the customers `user` may see: those of the people in sight, the pool, and what is lent to them.

        Finance sees every row because money may come from any; which fields, `permissions` says (policy 1.8).
        """
        people = people_in_sight(user)
        return self if people is None else self.filter(in_sight(people, user))

    def owned_visible_to(self, user):
        """Return the customers that people in sight own, said without the OR that no index serves."""
        people = people_in_sight(user)
        return self.owned() if people is None else self.filter(owner__in=people)

    def owned(self):
        return self.filter(owner__isnull=False)

    def pooled(self):
        return self.filter(owner__isnull=True)

    def pooled_visible_to(self, user):
        """Return the customers in the pools that `user` may look into, said without the OR that no index serves."""
        return self.filter(in_open_pool(user))

    def with_contacts_for(self, user):
        """Return the customers whose contact details `user` may read (see `permissions.sees_contacts`)."""
        people = people_in_sight(user)
        if is_finance(user):
            return self.none()
        if people is None:
            return self.owned()
        return self.owned().filter(Q(owner__in=people) | lent_to(user))

    def own_of(self, user, pk):
        """Return the customer `pk` if it is `user`'s own, which most that they work with are, else None.

        It comes with its name alone: the shortest question before a write.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute(OWN, [pk, user.pk])
            row = cursor.fetchone()
        return row and self.model.from_db(self.db, ["id", "name", "owner_id"], row)

    def claimable_for(self, user):
        """Return the customers whose claim gets an answer: those in sight, the pool, and whoever just left it.

        What lay in the pool within the last hour everybody could see, so a late claimer is told who won.
        """
        lately = Stint.objects.filter(
            customer=OuterRef("pk"),
            ended_at=None,
            start_reason=Stint.Reason.CLAIMED,
            started_at__gte=timezone.now() - dt.timedelta(hours=1),
        )
        people = people_in_sight(user)
        if people is None:
            return self
        return self.filter(in_sight(people, user) | Exists(lately))

    def due_to_return(self, *, by):
        """Return the owned customers that go to the pool on or before the date `by`; on hold none is."""
        return self.owned().filter(returns_on__lte=by)

    def with_owner(self):
        return self.select_related("owner__team", "pool").defer("grams", "pinyin")

    def for_log(self):
        """Load what logging a contact asks for: most of a record only its own page needs."""
        return self.only("code", "name", "grade", "intention", "owner", "last_contact_at", "next_contact_on")

    def for_work(self):
        """Load what is shown of a customer beside the queue, and what the form beside it asks for."""
        return self.only(*WORKED_ON)

    def for_list(self):
        """Load what a row of a list shows, and no more: most of a record is text that only its own page needs."""
        return self.select_related("owner__team").only(*LISTED)
