from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Stint(models.Model):
    """One unbroken time of one owner with one customer; at most one is open per customer."""

    class Reason(models.TextChoices):
        CREATED = "created", _("created")
        IMPORTED = "imported", _("imported")
        CLAIMED = "claimed", _("claimed from the pool")
        RELEASED = "released", _("released")
        NO_DEAL = "no_deal", _("no deal within the period (two-month rule)")
        NO_SALE = "no_sale", _("no sale within the period (three-month rule)")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="stints")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="stints")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    start_reason = models.CharField(max_length=20, choices=Reason)
    end_reason = models.CharField(max_length=20, choices=Reason, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-started_at",)
        indexes = (
            # What came out of the pool and went into it, by month: the dashboard counts in the index alone.
            models.Index(fields=("owner", "started_at"), condition=Q(start_reason="claimed"), name="stint_claims"),
            models.Index(
                fields=("owner", "ended_at"),
                include=("end_reason",),
                condition=Q(ended_at__isnull=False),
                name="stint_ends",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("customer",), condition=Q(ended_at__isnull=True), name="stint_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="stint_ends_after_start",
            ),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.owner_id} {self.started_at:%Y-%m-%d}"


class PoolPeriods(models.Model):
    """After how many calendar months without a deal or a sale a customer returns to the pool (policy 4.1, 4.3, 4.8)."""

    no_deal_months = models.PositiveSmallIntegerField(_("months without a first deal"), default=2)
    no_sale_months = models.PositiveSmallIntegerField(_("months without a sale"), default=3)

    class Meta:
        verbose_name = _("pool periods")

    def __str__(self):
        return f"{self.no_deal_months}/{self.no_sale_months}"

    @classmethod
    def current(cls):
        return cls.objects.first() or cls()
