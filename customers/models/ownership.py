from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StintQuerySet(models.QuerySet):
    def owned(self):
        return self.filter(owner__isnull=False)

    def at(self, moment):
        """Return the stints that ran at `moment`: per customer one, from the day it was entered on."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=moment), started_at__lte=moment)


class Stint(models.Model):
    """One unbroken time of a customer with one owner, or in one pool; each begins where the one before ended.

    A trigger writes them whenever a customer's owner or pool changes, by whatever path, from the customer's own
    columns (`stint_reason`, `moved_by`, `moved_in`); nothing else does. `rules` are the pool rules then in force, `run`
    the night or handover that moved the customer. Reasons are named without periods, which differ by version, grade and
    team; `UNDONE` stands for a return and for a handover that was, `CLAIM_BACK` for one that
    had ended a claim.
    """

    class Reason(models.TextChoices):
        CREATED = "created", _("created")
        IMPORTED = "imported", _("imported")
        CLAIMED = "claimed", _("claimed from the pool")
        RELEASED = "released", _("released")
        NO_DEAL = "no_deal", _("no first deal within the period")
        NO_SALE = "no_sale", _("no sale within the period")
        NO_CONTACT = "no_contact", _("no contact within the period")
        NO_FIRST_CONTACT = "no_first", _("no contact soon after the claim")
        PROBLEM = "problem", _("problem customer")
        FIRST_ORDER = "first_order", _("first order")
        ASSIGNED = "assigned", _("assigned")
        TRANSFERRED = "transferred", _("transferred")
        REFERRED = "referred", _("referred by a manager")
        HANDED_OVER = "handed_over", _("handed over")
        DECIDED = "decided", _("dispute decided")
        UNDONE = "undone", _("undone, given back")
        CLAIM_BACK = "claim_back", _("undone, the claim goes on")
        MOVED = "moved", _("moved to another pool")

    # By which the night returns customers; the first two are the policy's own.
    IDLE = (Reason.NO_DEAL, Reason.NO_SALE, Reason.NO_CONTACT, Reason.NO_FIRST_CONTACT)
    # In which an earlier ownership goes on; after those of a claim the first contact is still owed.
    GIVEN_BACK = (Reason.UNDONE, Reason.CLAIM_BACK)
    OF_CLAIM = (Reason.CLAIMED, Reason.CLAIM_BACK)

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="stints")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="stints",
        db_index=False,  # two indexes below begin with the owner
    )
    pool = models.ForeignKey("customers.Pool", models.PROTECT, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    start_reason = models.CharField(max_length=20, choices=Reason)
    end_reason = models.CharField(max_length=20, choices=Reason, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    rules = models.ForeignKey("customers.PoolRules", models.PROTECT, null=True, related_name="+", db_index=False)
    run = models.ForeignKey("jobs.Run", models.PROTECT, null=True, related_name="+", db_index=False)

    objects = StintQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (
            # What came out of the pool and went into it, by month: the dashboard counts in the index alone, and so does
            # the report on ownership who came back.
            models.Index(
                fields=("owner", "started_at"),
                include=("customer",),
                condition=Q(start_reason="claimed"),
                name="stint_claims",
            ),
            models.Index(fields=("owner", "ended_at"), include=("end_reason", "customer"), name="stint_ends"),
            models.Index(fields=("run",), condition=Q(run__isnull=False), name="stint_of_run"),
        )
        constraints = (
            models.UniqueConstraint(fields=("customer",), condition=Q(ended_at__isnull=True), name="stint_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="stint_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True, pool__isnull=False) | Q(owner__isnull=False, pool__isnull=True),
                name="stint_owner_xor_pool",
            ),
            ExclusionConstraint(
                name="stint_once_at_a_time",
                expressions=(
                    ("customer", RangeOperators.EQUAL),
                    (
                        models.Func("started_at", "ended_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ),
            ),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.owner_id} {self.started_at:%Y-%m-%d}"
