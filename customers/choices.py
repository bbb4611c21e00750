"""The words of the record card and the status sheet (policy 2.1, 2.4, 2.5, 2.7, 3.5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Source(models.TextChoices):
    WEB = "web", _("news media and web")
    AGENCY = "agency", _("agency")
    ASSOCIATION = "association", _("association")
    PARTNER = "partner", _("company with dealings")
    PERSONAL = "personal", _("personal relation")
    EXHIBITION = "exhibition", _("exhibition or event")
    WEBSITE = "website message", _("website message")
    SOCIAL = "social media", _("social media")
    REFERRAL = "referral", _("referred customer")
    INQUIRY = "first inquiry", _("first inquiry")


class Reason(models.TextChoices):
    """Why somebody lets a customer go to the pool; a note says more."""

    NO_NEED = "no_need", _("no need any more")
    ELSEWHERE = "elsewhere", _("buys elsewhere")
    UNREACHABLE = "unreachable", _("can't be reached")
    CLOSED = "closed", _("business closed or moved away")
    NO_TIME = "no_time", _("no time for it")
    OTHER = "other", _("something else")


class Industry(models.TextChoices):
    MANUFACTURING = "manufacturing", _("manufacturing")
    TRADE = "trade", _("trade")
    SERVICES = "services", _("services")
    FINANCE = "finance", pgettext_lazy("industry", "finance")
    CONSTRUCTION = "construction", _("construction")
    TECHNOLOGY = "technology", _("information technology")
    TRANSPORT = "transport", _("transport and storage")
    AGRICULTURE = "agriculture", _("agriculture")
    HEALTH = "health", _("health")
    EDUCATION = "education", _("education")
    PUBLIC = "public", _("public bodies")
    OTHER = "other", _("other")


class Demand(models.TextChoices):
    PRODUCT = "product", _("product")
    SERVICE = "service", _("service")
    BOTH = "both", _("product and service")


class Intention(models.TextChoices):
    A = "A", _("A: wants to buy soon")
    B = "B", _("B: has doubts")
    C = "C", _("C: knows little")


class Level(models.TextChoices):
    HIGH = "high", _("high")
    MIDDLE = "middle", _("middle")
    LOW = "low", _("low")


class Condition(models.TextChoices):
    """How a company is doing (policy 2.4)."""

    GOOD = "good", pgettext_lazy("condition", "good")
    FAIR = "fair", pgettext_lazy("condition", "fair")
    POOR = "poor", pgettext_lazy("condition", "poor")


class Payment(models.TextChoices):
    GOOD = "good", _("good")
    POOR = "poor", _("not good")


class PaymentMethod(models.TextChoices):
    TRANSFER = "transfer", _("bank transfer")
    CHEQUE = "cheque", _("cheque")
    CASH = "cash", _("cash")
    DRAFT = "draft", _("bank draft")
    ONLINE = "online", _("online payment")


class Cooperation(models.TextChoices):
    LONG = "long", _("long-term")
    SHORT = "short", _("short-term")


class Channel(models.TextChoices):
    PHONE = "phone", _("phone")
    VISIT = "visit", _("visit")
    WECHAT = "wechat", _("WeChat")
    EMAIL = "email", _("e-mail")
    MESSAGE = "message", _("text message")
    RECEPTION = "reception", _("reception")
