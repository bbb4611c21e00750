from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, TooLate, Tracked
from customers import permissions
from customers.choices import (
    Channel,
    Condition,
    Cooperation,
    Demand,
    Industry,
    Intention,
    Level,
    Payment,
    PaymentMethod,
    Reason,
    Source,
)
from customers.codes import next_code
from customers.fields import PinyinField
from customers.models.activity import Activity
from customers.models.customer_queryset import CustomerQuerySet
from customers.models.grading import Grade
from customers.models.hold import Hold
from customers.models.ownership import Stint
from customers.models.pool import Pool
from customers.reactions import react
from customers.sorting import FAR, NEVER, NEVER_AT
from staff.models import User
from staff.permissions import is_leader


class Held(TooLate):
    """A hold keeps the customer with its owner: an open complaint, a plan, a lock; the message says which."""

    is_rule = True


class Customer(Tracked):
    """A customer of any stage, prospects too (policy 2.9): archive, grade, owner or pool.

    Dates are business dates in the company's time zone, money is in yuan. The derived columns are written by
    verbs only: `grade`, `dealt` by grading; `last_sale_on` by confirmed payments; `last_contact_at`,
    `next_contact_on`, `talked_on` by call logs; `is_held`, `kept_until` by holds; when it returns, by a trigger.
    """

    code = models.CharField(
        _("code"), max_length=32, error_messages={"unique": _("This code can't be used: it is taken.")}
    )
    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(_("source"), max_length=20, choices=Source, blank=True)
    industry = models.CharField(_("industry"), max_length=20, choices=Industry, blank=True)
    demand = models.CharField(_("demand"), max_length=10, choices=Demand, blank=True)
    intention = models.CharField(_("intention level"), max_length=1, choices=Intention, blank=True)

    # Status sheet (policy 2.4, 2.5)
    address = models.CharField(_("address"), max_length=300, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=100, blank=True)
    general_manager = models.CharField(_("general manager"), max_length=100, blank=True)
    main_business = models.CharField(_("main business"), max_length=300, blank=True)
    headcount = models.PositiveIntegerField(_("headcount"), null=True, blank=True)
    operating_condition = models.CharField(_("operating condition"), max_length=10, choices=Condition, blank=True)
    payer = models.CharField(_("who pays"), max_length=100, blank=True)
    payment_method = models.CharField(_("way of paying"), max_length=10, choices=PaymentMethod, blank=True)
    payment = models.CharField(_("payment credit"), max_length=5, choices=Payment, default=Payment.GOOD)
    cooperation = models.CharField(_("cooperation"), max_length=5, choices=Cooperation, default=Cooperation.LONG)
    channel = models.CharField(_("preferred channel"), max_length=10, choices=Channel, blank=True)
    potential = models.CharField(_("development potential"), max_length=10, choices=Level, blank=True)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, choices=[(n, "★" * n) for n in range(1, 6)]
    )
    need = models.TextField(_("need"), blank=True)
    budget_range = models.CharField(_("budget range"), max_length=100, blank=True)
    decision_process = models.CharField(_("decision process"), max_length=300, blank=True)

    # Grading
    grade = models.CharField(_("grade"), max_length=4, choices=Grade, default=Grade.C, editable=False)
    dealt = models.DecimalField(_("dealt in 12 months"), max_digits=14, decimal_places=2, default=0, editable=False)
    is_flagged = models.BooleanField(_("flagged for the supervisor"), default=False, editable=False)
    last_sale_on = models.DateField(_("last sale"), null=True, blank=True, editable=False)

    # Ownership: an owner or the pool, never both, never neither
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("owner"),
        db_index=False,  # several of the indexes below begin with the owner
    )
    owned_since = models.DateField(_("owned since"), null=True, blank=True, editable=False)
    owned_at = models.DateTimeField(null=True, blank=True, editable=False)
    pool = models.ForeignKey(
        Pool, models.PROTECT, null=True, blank=True, related_name="customers", editable=False, db_index=False
    )
    pooled_at = models.DateTimeField(_("in the pool since"), null=True, blank=True, editable=False)
    pool_note = models.CharField(max_length=300, blank=True, editable=False)
    # Why somebody let it go; it says nothing once the night has returned it.
    pool_why = models.CharField(max_length=20, choices=Reason, blank=True, default="", db_default="", editable=False)
    # Why it is whose it is, by whom and in which run: triggers write its stints from these.
    stint_reason = models.CharField(max_length=20, choices=Stint.Reason, default=Stint.Reason.CREATED, editable=False)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    moved_in = models.ForeignKey(
        "jobs.Run", models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )

    # When it returns to the pool: a trigger writes both from these and from the rules (see `customers.ownership.due`)
    returns_on = models.DateField(_("returns to pool on"), null=True, blank=True, editable=False)
    returns_rule = models.CharField(max_length=20, choices=Stint.Reason, blank=True, editable=False)
    is_held = models.BooleanField(default=False, db_default=False, editable=False)
    kept_until = models.DateField(null=True, blank=True, editable=False)
    talked_on = models.DateField(null=True, blank=True, editable=False)

    # Contact
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    next_contact_on = models.DateField(_("next contact"), null=True, blank=True, editable=False)

    # Search
    pinyin = PinyinField(db_collation="C")
    grams = models.GeneratedField(
        expression=Func(F("name"), function="crm_grams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    MOVES = {
        "claim": Move(frozenset({"pool"}), "owned", permissions.may_claim),
        "release": Move(frozenset({"owned"}), "pool", permissions.may_release),
        "give": Move(frozenset({"owned", "pool"}), "owned", permissions.may_give),
        "offer": Move(frozenset({"owned"}), "owned", permissions.may_offer),
        "move": Move(frozenset({"pool"}), "pool", permissions.may_move),
        "edit": Move(frozenset({"owned"}), "owned", permissions.may_edit),
        "log": Move(frozenset({"owned"}), "owned", permissions.may_log),
        "extend": Move(frozenset({"owned"}), "owned", permissions.is_own),
        "lock": Move(frozenset({"owned"}), "owned", permissions.may_lock),
        "unlock": Move(frozenset({"owned"}), "owned", permissions.may_lock),
        "write_sheet": Move(frozenset({"owned"}), "owned", permissions.is_own),
        "judge_sheet": Move(frozenset({"owned"}), "owned", permissions.leads_owner),
    }

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("pinyin", "id")
        constraints = (
            # A constraint of its own, because `unique=True` adds an index for LIKE, which nothing here asks for.
            models.UniqueConstraint(fields=("code",), name="customer_code_once"),
            models.CheckConstraint(
                condition=Q(
                    owner__isnull=True,
                    owned_since__isnull=True,
                    returns_on__isnull=True,
                    pooled_at__isnull=False,
                    pool__isnull=False,
                )
                | Q(
                    owner__isnull=False,
                    owned_since__isnull=False,
                    returns_on__isnull=False,
                    pooled_at__isnull=True,
                    pool__isnull=True,
                ),
                name="customer_owner_xor_pool",
            ),
        )
        indexes = (
            GinIndex(fields=("grams",), name="customer_grams"),
            GinIndex(OpClass(F("pinyin"), "gin_trgm_ops"), name="customer_pinyin_trgm"),
            GinIndex(OpClass(Upper("code"), "gin_trgm_ops"), name="customer_code_trgm"),
            models.Index(fields=("owner", "pinyin", "id"), name="customer_owner_name"),
            models.Index(fields=("pinyin", "id"), name="customer_name"),
            models.Index(fields=("dealt", "id"), name="customer_dealt"),
            models.Index(fields=("grade", "pinyin", "id"), name="customer_grade"),
            # The good customers (policy 5.6), who are counted every day.
            models.Index(
                fields=("owner", "id"),
                condition=Q(owner__isnull=False, grade__in=("VIP", "SVIP", "A")),
                name="customer_good",
            ),
            models.Index(fields=("returns_on", "id"), name="customer_returns", condition=Q(owner__isnull=False)),
            # Who leaves next; what people have in hand, by grade, is counted in it alone.
            models.Index(
                fields=("owner", "returns_on", "id"),
                include=("grade",),
                condition=Q(owner__isnull=False),
                name="customer_leaving",
            ),
            models.Index(fields=("pooled_at", "id"), name="customer_pooled", condition=Q(owner__isnull=True)),
            models.Index(
                fields=("owner", "next_contact_on", "id"),
                condition=Q(next_contact_on__isnull=False),
                name="customer_next",
            ),
            models.Index(Coalesce("last_sale_on", NEVER), "id", name="customer_sale_sort"),
            models.Index(Coalesce("last_contact_at", NEVER_AT), "id", name="customer_contact_sort"),
            models.Index(Coalesce("next_contact_on", FAR), "id", name="customer_next_sort"),
        )

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("customers:detail", args=[self.pk])

    @property
    def status(self):
        return "pool" if self.owner_id is None else "owned"

    def activity(self, verb, *, by):
        return Activity(customer=self, verb=verb, by=by)

    def too_late(self, verb):
        if verb in {"claim", "move"}:
            return _t("%(owner)s has claimed %(customer)s.") % {"owner": self.owner, "customer": self}
        return _t("%(customer)s is in the pool now.") % {"customer": self}

    def create(self, *, owner, by):
        """Save this new customer as `owner`'s, or into the pool when `owner` is None, and record it (policy 4.1)."""
        with transaction.atomic():
            if owner:
                hold_active(owner)
            self.created_by = by
            self.code = self.code or next_code()
            self.own(owner, by=by) if owner else self.put_in_pool(Stint.Reason.CREATED, by=by)
            self.save(force_insert=True)
            self.activity(Activity.Verb.CREATE, by=by).save()
            react([self.pk])

    def release(self, *, note, by, why="", pool=None, reason=Stint.Reason.RELEASED):
        """Put this customer into `pool`, by default its owner's; the note tells the next claimer why (policy 4.5).

        A problem customer is a leader's to put there. Raises Held while something holds it that its owner can't lift.
        """
        with self.moving("release", by=by) as activity:
            if reason == Stint.Reason.PROBLEM and not is_leader(by):
                raise PermissionDenied
            self._check_holds()
            activity.note = note
            activity.data = {"owner": str(self.owner), "reason": reason} | ({"why": why} if why else {})
            self.put_in_pool(reason, note, by=by, pool=pool)
            self.pool_why = why

    def holds_here(self):
        """Return what keeps this customer with its owner; an extension is the owner's own wish, so it does not."""
        running = self.holds.filter(Q(until=None) | Q(until__gte=timezone.localdate()))
        return running.exclude(kind=Hold.Kind.EXTENSION)

    def _check_holds(self):
        held = self.holds_here().first()
        if held:
            words = {"kind": held.get_kind_display(), "reason": held.why}
            raise Held(_t("It stays with its owner for now: %(kind)s “%(reason)s”.") % words)

    def move_to(self, pool, *, note, by):
        """Move this customer, which nobody owns, to another pool; why it came to the pool stays with it."""
        with self.moving("move", by=by) as activity:
            activity.verb, activity.note = Activity.Verb.ASSIGN, note
            activity.data = {"owner": "", "reason": Stint.Reason.MOVED, "from": str(self.pool), "pool": str(pool)}
            self.put_in_pool(Stint.Reason.MOVED, note or self.pool_note, by=by, pool=pool)

    def edit(self, form, *, version, by):
        """Save an edit made on `version`; raises TooLate when somebody saved another since (policy 2.8)."""
        with self.moving("edit", by=by) as activity:
            if self.version != version:
                raise TooLate(_t("Somebody changed this customer while you were editing. Your text is still below."))
            activity.data = {"fields": form.apply(self)}
            self.version += 1

    def own(self, owner, *, by, reason=Stint.Reason.CREATED):
        """Make this customer `owner`'s from now on; the caller holds both rows and saves."""
        self.owner, self.owned_since, self.owned_at = owner, timezone.localdate(), timezone.now()
        self.pool = self.pooled_at = None
        self.pool_note = ""
        self.stint_reason, self.moved_by, self.moved_in = reason, by, None

    def put_in_pool(self, reason, note="", *, by, pool=None):
        """Put this customer into `pool`, or by default into that of its owner's team; the caller saves."""
        self.owner = self.owned_since = self.owned_at = self.next_contact_on = None
        self.pool, self.pooled_at, self.pool_note = pool, timezone.now(), note
        self.stint_reason, self.moved_by, self.moved_in = reason, by, None


def hold_active(owner):
    """Lock the owner-to-be's row, so that nobody is dismissed while customers come to them (policy 4.6).

    Raises PermissionDenied when they are dismissed already. Whoever takes customers holds their row, so that a count
    of what they have stays true; the person comes before the customer.
    """
    if not User.objects.select_for_update(no_key=True).filter(pk=owner.pk, is_active=True).first():
        raise PermissionDenied
