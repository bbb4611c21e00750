from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Grade(models.TextChoices):
    """The grades of policy 3.1, best first."""

    VIP = "VIP", _("VIP")
    SVIP = "SVIP", _("special VIP")
    A = "A", pgettext_lazy("grade", "A")
    B = "B", pgettext_lazy("grade", "B")
    C = "C", pgettext_lazy("grade", "C")


class GradingStandard(models.Model):
    """One version of the grading standard; the one in force on a day is the latest begun by then (policy 3.2)."""

    in_force_from = models.DateField(_("in force from"), default=timezone.localdate)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(_("why"), max_length=200, blank=True)
    poor_payment_drop = models.PositiveSmallIntegerField(_("grades lower when payment is not good"), default=1)
    poor_payment_cap = models.CharField(
        _("best grade when payment is not good"), max_length=4, choices=Grade, default=Grade.A
    )

    class Meta:
        verbose_name = _("grading standard")
        ordering = ("-in_force_from", "-id")

    def __str__(self):
        return str(self.in_force_from)

    @classmethod
    def on(cls, day):
        """Return the standard in force on `day`, its rows loaded, best grade first."""
        return cls.objects.prefetch_related("rows").filter(in_force_from__lte=day).first()


class GradeRow(models.Model):
    """One row of the standard: this grade from this amount (yuan dealt in twelve calendar months) on."""

    class Cooperation(models.TextChoices):
        ANY = "any", _("any")
        LONG = "long", _("long-term")
        SHORT = "short", _("short-term")

    standard = models.ForeignKey(GradingStandard, models.CASCADE, related_name="rows")
    rank = models.PositiveSmallIntegerField()
    grade = models.CharField(max_length=4, choices=Grade)
    minimum = models.DecimalField(_("from amount"), max_digits=14, decimal_places=2)
    cooperation = models.CharField(max_length=5, choices=Cooperation, default=Cooperation.ANY)

    class Meta:
        ordering = ("rank",)
        constraints = (models.UniqueConstraint(fields=("standard", "grade"), name="grade_row_once"),)

    def __str__(self):
        return f"{self.grade} ≥ {self.minimum}"


class Turnover(models.Model):
    """Confirmed money of one customer in one calendar month, kept up to date payment by payment."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="turnover")
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    orders = models.PositiveIntegerField(_("orders"))

    class Meta:
        ordering = ("month",)
        constraints = (models.UniqueConstraint(fields=("customer", "month"), name="turnover_once_a_month"),)
        indexes = (models.Index(fields=("month",), name="turnover_month"),)

    def __str__(self):
        return f"{self.customer_id} {self.month:%Y-%m}"
