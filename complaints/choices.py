"""The fixed words of complaints and suggestions (policy 7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    COMPLAINT = "complaint", _("complaint")
    SUGGESTION = "suggestion", _("suggestion")


class Source(models.TextChoices):
    """By which way it came in (policy 7.1)."""

    PHONE = "phone", _("phone")
    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter")
    PERSON = "person", _("in person")
    FORM = "form", _("online form")
    VISIT = "visit", _("visit on site")


class Severity(models.TextChoices):
    LOW = "low", _("low")
    NORMAL = "normal", _("normal")
    HIGH = "high", _("high")
    CRITICAL = "critical", _("critical")


class Department(models.TextChoices):
    """Who can be named responsible (policy 1.6)."""

    SALES = "sales", _("sales")
    DESIGN = "design", _("design")
    PRODUCTION = "production", _("production")
    WAREHOUSE = "warehouse", _("warehouse")
    LOGISTICS = "logistics", _("delivery")
    FINANCE = "finance", _("finance")
    QUALITY = "quality", _("quality")
    SERVICE = "service", _("customer service")
    SUPPLIER = "supplier", _("a supplier")


class Cause(models.TextChoices):
    """Why it happened, for the statistics of policy 7.8."""

    QUALITY = "quality", _("product quality")
    QUANTITY = "quantity", _("wrong quantity or article")
    DELIVERY = "delivery", _("late or damaged delivery")
    INSTALLATION = "installation", _("installation or repair")
    PRICE = "price", _("price or invoice")
    ATTITUDE = "attitude", _("attitude or communication")
    PROMISE = "promise", _("a promise not kept")
    USE = "use", _("wrong use or missing instruction")
    MISTAKE = "mistake", _("misunderstanding of the customer")
    OTHER = "other", _("another cause")
