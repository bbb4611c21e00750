from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers.grading import regrade
from customers.models import Activity, Customer
from customers.reactions import react
from customers.sight import customer_of
from sales import permissions
from sales.payments import book, unbook
from staff.permissions import people_in_sight

# What a row of the list shows.
LISTED = (
    "number", "ordered_on", "units", "amount", "status", "paid_on", "customer__name", "customer__owner",
    "salesperson__name",
)  # fmt: skip


class OrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the orders of customers in sight, and those that people in sight sold."""
        people = people_in_sight(user)
        return self if people is None else self.filter(Q(salesperson__in=people) | customer_of(people))

    def sold_by(self, people):
        """Return the orders credited to `people` (a set of ids, None for everybody)."""
        return self if people is None else self.filter(salesperson__in=people)

    def unpaid(self):
        return self.filter(status=Order.Status.OPEN)

    def paid_in(self, month):
        return self.paid().filter(paid_on__year=month.year, paid_on__month=month.month)

    def paid(self):
        return self.filter(status=Order.Status.PAID)

    def for_list(self):
        return self.select_related("customer", "salesperson").only(*LISTED)


class Order(Tracked):
    """An order, thin: one payment, confirmed by finance; it counts as a sale then, if it brought money.

    `amount` in yuan, 0.00 for free items; dates are business dates in the company's time zone.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("awaiting payment")
        PAID = "paid", _("payment confirmed")
        REVERSED = "reversed", _("reversed")

    number = models.CharField(
        _("number"), max_length=40, unique=True, error_messages={"unique": _("This order number is taken.")}
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", verbose_name=_("customer"))
    ordered_on = models.DateField(_("ordered on"), default=timezone.localdate)
    units = models.PositiveIntegerField(_("units"), default=1)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", verbose_name=_("salesperson")
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    paid_on = models.DateField(_("paid on"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    reversed_on = models.DateField(_("reversed on"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuerySet.as_manager()

    MOVES = {
        "confirm": Move(frozenset({Status.OPEN}), Status.PAID, permissions.may_confirm),
        "reverse": Move(frozenset({Status.PAID}), Status.REVERSED, permissions.may_confirm),
    }

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-ordered_on", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status="open", paid_on__isnull=True, reversed_on__isnull=True)
                | Q(status="paid", paid_on__isnull=False, reversed_on__isnull=True)
                | Q(status="reversed", paid_on__isnull=False, reversed_on__isnull=False),
                name="order_paid_has_date",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="order_amount_not_negative"),
        )
        indexes = (
            models.Index(fields=("ordered_on", "id"), name="order_by_date"),
            models.Index(fields=("customer", "ordered_on"), name="order_customer"),
            models.Index(fields=("salesperson", "paid_on"), name="order_sold_by"),
            models.Index(fields=("paid_on",), name="order_paid_on"),
            models.Index(fields=("ordered_on", "id"), condition=Q(status="open"), name="order_unpaid"),
        )

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("sales:list") + f"?q={self.number}"

    def activity(self, verb, *, by):
        data = {"order": self.number, "amount": self.amount}
        return Activity(customer=self.customer, verb=Activity.Verb.PAY, by=by, data=data)

    def too_late(self, verb):
        if verb == "reverse":
            return _t("Order %(number)s is not a confirmed one any more.") % {"number": self.number}
        return _t("The payment of order %(number)s is already confirmed.") % {"number": self.number}

    def place(self, *, by):
        """Save this new order and put it on the customer's timeline (policy 8.1)."""
        data = {"order": self.number, "amount": self.amount}
        with transaction.atomic():
            self.save(force_insert=True)
            Activity.objects.create(customer=self.customer, verb=Activity.Verb.ORDER, by=by, data=data)

    def confirm(self, *, on, by):
        """Confirm that the money arrived on the date `on`: the order is a sale from now on (policy 4.2, 8.2)."""
        with transaction.atomic():
            with self.moving("confirm", by=by) as activity:
                self.paid_on, self.confirmed_by = on, by
                activity.data["paid_on"] = on
                book([(self.customer_id, self.salesperson_id, on, self.amount, self.number)], by=by)
                regrade(on=timezone.localdate(), customers=[self.customer_id])
            react([self.customer_id])

    def reverse(self, *, note, by):
        """Take a confirmed payment back, because it bounced or was booked wrongly: it is no sale any more (policy 8.2).

        Turnover, last sale, grade and the day on which the customer returns follow; whose it is stays.
        """
        with transaction.atomic():
            with self.moving("reverse", by=by) as activity:
                self.reversed_on = timezone.localdate()
                activity.note = note
                activity.data |= {"paid_on": self.paid_on, "reversed": True}
                unbook(self, last_sale_on=self._last_other_sale())
                regrade(on=self.reversed_on, customers=[self.customer_id])
            react([self.customer_id])

    def _last_other_sale(self):
        others = Order.objects.paid().filter(customer=self.customer_id, amount__gt=0).exclude(pk=self.pk)
        return others.aggregate(last=models.Max("paid_on"))["last"]


class SalesMonth(models.Model):
    """Confirmed money credited to one salesperson in one calendar month, kept up to date payment by payment."""

    salesperson = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sales_months")
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    orders = models.PositiveIntegerField(_("orders"))

    class Meta:
        ordering = ("month",)
        constraints = (models.UniqueConstraint(fields=("salesperson", "month"), name="sales_month_once"),)
        indexes = (models.Index(fields=("month",), name="sales_month"),)

    def __str__(self):
        return f"{self.salesperson_id} {self.month:%Y-%m}"
