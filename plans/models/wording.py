from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from plans.models.plan import Plan


class Goal(models.Model):
    """What a plan is to reach, by a measure that the system can read at its end (policy 6.1, 6.4)."""

    class Measure(models.TextChoices):
        TURNOVER = "turnover", _("turnover (yuan)")
        ORDERS = "orders", _("number of orders")
        BUYERS = "buyers", _("customers who buy")
        SATISFACTION = "satisfaction", _("satisfaction (1 to 5)")
        REACHED = "reached", _("customers reached by a contact")
        OWN = "own", _("another, judged by hand")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="goals")
    position = models.PositiveSmallIntegerField(default=0)
    measure = models.CharField(_("measure"), max_length=15, choices=Measure)
    target = models.DecimalField(
        _("target"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(10**11)]
    )
    text = models.CharField(_("in words"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ("position", "id")

    def __str__(self):
        return self.text or str(self.get_measure_display())


class Line(models.Model):
    """A measure of a plan with its share of the budget (policy 6.1, 6.5): `quantity` × `unit_price` yuan."""

    class Kind(models.TextChoices):
        """The measures in use (policy 6.5)."""

        VISIT = "visit", _("visit to chosen customers")
        ROUND = "round", _("round to all customers")
        PROMOTION = "promotion", _("promotion")
        NEWS = "news", _("news")
        TRIAL = "trial", _("trial of a new product")
        ADVICE = "advice", _("technical advice")
        TRAINING = "training", _("training")
        HELP = "help", _("solving the customer's difficulty")
        EVENT = "event", pgettext_lazy("measure", "event")
        CONFERENCE = "conference", _("annual customer conference")
        GREETING = "greeting", _("holiday greeting")
        GIFT = "gift", _("gift")
        OTHER = "other", _("another measure")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("measure"), max_length=12, choices=Kind)
    what = models.CharField(_("what is done"), max_length=200)
    how = models.CharField(_("method"), max_length=300, blank=True)
    people = models.CharField(_("people"), max_length=200, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=9,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(10**6)],
    )
    unit_price = models.DecimalField(
        _("unit price"),
        max_digits=12,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(10**8)],
    )

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering = ("position", "id")
        constraints = (models.CheckConstraint(condition=Q(quantity__gte=0, unit_price__gte=0), name="line_money"),)

    def __str__(self):
        return self.what

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.unit_price).quantize(Decimal("0.01"))


class PlanCustomer(models.Model):
    """A customer that the wording of a plan is for."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="plan_members")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("plan", "customer"), name="plan_customer_once"),)
        indexes = (models.Index(fields=("customer", "plan"), name="plan_customer_of"),)

    def __str__(self):
        return f"{self.plan_id}: {self.customer_id}"
