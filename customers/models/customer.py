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
    Source,
)
from customers.codes import next_code
from customers.due import due_on
from customers.fields import PinyinField
from customers.models.activity import Activity
from customers.models.customer_queryset import CustomerQuerySet
from customers.models.grading import Grade
from customers.models.ownership import PoolPeriods, Stint
from customers.reactions import react
from customers.sorting import FAR, NEVER, NEVER_AT
from staff.models import User


class Customer(Tracked):
    """A customer of any stage, prospects too (policy 2.9): archive, grade, owner or pool.

    Dates are business dates in the company's time zone, money is in yuan. The derived columns are written by
    verbs only: `grade`, `dealt` by grading; `last_sale_on` by confirmed payments; `last_contact_at`,
    `next_contact_on` by call logs; `returns_on` by the pool.
    """

    code = models.CharField(
        _("code"), max_length=32, unique=True, error_messages={"unique": _("This code can't be used: it is taken.")}
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
    returns_on = models.DateField(_("returns to pool on"), null=True, blank=True, editable=False)
    pooled_at = models.DateTimeField(_("in the pool since"), null=True, blank=True, editable=False)
    pool_reason = models.CharField(max_length=20, choices=Stint.Reason, blank=True, editable=False)
    pool_note = models.CharField(max_length=300, blank=True, editable=False)

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
        "edit": Move(frozenset({"owned"}), "owned", permissions.may_edit),
        "log": Move(frozenset({"owned"}), "owned", permissions.may_log),
    }

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("pinyin", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    owner__isnull=True, owned_since__isnull=True, returns_on__isnull=True, pooled_at__isnull=False
                )
                | Q(owner__isnull=False, owned_since__isnull=False, returns_on__isnull=False, pooled_at__isnull=True),
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
            models.Index(
                fields=("owner", "grade"),
                include=("returns_on",),
                condition=Q(owner__isnull=False),
                name="customer_in_hand",
            ),
            # The good customers (policy 5.6), who are counted every day.
            models.Index(
                fields=("owner", "id"),
                condition=Q(owner__isnull=False, grade__in=("VIP", "SVIP", "A")),
                name="customer_good",
            ),
            models.Index(fields=("returns_on", "id"), name="customer_returns", condition=Q(owner__isnull=False)),
            models.Index(
                fields=("owner", "returns_on", "id"), name="customer_leaving", condition=Q(owner__isnull=False)
            ),
            models.Index(fields=("pooled_at", "id"), name="customer_pooled", condition=Q(owner__isnull=True)),
            models.Index(
                fields=("owner", "next_contact_on"), name="customer_next", condition=Q(next_contact_on__isnull=False)
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
        if verb == "claim":
            return _t("%(owner)s has claimed %(customer)s.") % {"owner": self.owner, "customer": self}
        return _t("%(customer)s is in the pool now.") % {"customer": self}

    def create(self, *, owner, by):
        """Save this new customer as `owner`'s, or into the pool when `owner` is None, and record it (policy 4.1)."""
        with transaction.atomic():
            if owner:
                _hold_active(owner)
            self.created_by = by
            self.code = self.code or next_code()
            self.own(owner, since=timezone.localdate()) if owner else self.put_in_pool(Stint.Reason.CREATED)
            self.save(force_insert=True)
            if owner:
                Stint.objects.create(customer=self, owner=owner, start_reason=Stint.Reason.CREATED, started_by=by)
            self.activity(Activity.Verb.CREATE, by=by).save()
            react([self.pk])

    def claim(self, *, by):
        """Take this customer out of the pool; raises TooLate, naming the winner, when somebody was first."""
        with transaction.atomic():
            with self.moving("claim", by=by):
                _hold_active(by)
                self.own(by, since=timezone.localdate())
                Stint.objects.create(customer=self, owner=by, start_reason=Stint.Reason.CLAIMED, started_by=by)
            react([self.pk])

    def release(self, *, note, by):
        """Put this customer into the pool; the note tells the next claimer why (policy 4.5)."""
        with self.moving("release", by=by) as activity:
            activity.note = note
            activity.data = {"owner": str(self.owner)}
            self.stints.filter(ended_at=None).update(
                ended_at=timezone.now(), end_reason=Stint.Reason.RELEASED, ended_by=by
            )
            self.loans.all().delete()
            self.put_in_pool(Stint.Reason.RELEASED, note)

    def edit(self, form, *, version, by):
        """Save an edit made on `version`; raises TooLate when somebody saved another since (policy 2.8)."""
        with self.moving("edit", by=by) as activity:
            if self.version != version:
                raise TooLate(_t("Somebody changed this customer while you were editing. Your text is still below."))
            activity.data = {"fields": form.apply(self)}
            self.version += 1

    def own(self, owner, *, since):
        self.owner, self.owned_since, self.pooled_at = owner, since, None
        self.pool_reason = self.pool_note = ""
        self.returns_on = due_on(since, self.last_sale_on, PoolPeriods.current())

    def put_in_pool(self, reason, note=""):
        self.owner = self.owned_since = self.returns_on = self.next_contact_on = None
        self.pooled_at, self.pool_reason, self.pool_note = timezone.now(), reason, note


def _hold_active(owner):
    """Lock the owner-to-be's row, so that nobody is dismissed while customers come to them (policy 4.6).

    Raises PermissionDenied when they are dismissed already.
    """
    if not User.objects.select_for_update(no_key=True).filter(pk=owner.pk, is_active=True).first():
        raise PermissionDenied
