from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ActivityQuerySet(models.QuerySet):
    def about_money(self):
        return self.filter(verb__in=Activity.MONEY)

    def for_timeline(self):
        return self.select_related("by").only("customer", "verb", "at", "note", "data", "by__name", "by__username")


class Activity(models.Model):
    """What happened to a customer: one row per verb, written in the verb's own transaction, never changed.

    `data` holds what the timeline shows of it; `at` is when it happened, which an import may put in the past.
    """

    class Verb(models.TextChoices):
        CREATE = "create", _("Created")
        EDIT = "edit", _("Edited")
        CLAIM = "claim", _("Claimed from the pool")
        RELEASE = "release", _("Released to the pool")
        RETURN = "return", _("Returned to the pool")
        GRADE = "grade", _("Grade changed")
        LEND = "lend", _("Lent to a colleague")
        ORDER = "order", _("Order")
        PAY = "pay", _("Payment confirmed")
        LOG = "log", _("Contact logged")
        CORRECT = "correct", _("Log corrected")
        ADD = "add", _("Added to a log")
        MOVE = "move", _("Callback moved")
        SKIP = "skip", _("Callback skipped")
        PROMISE = "promise", _("Promised")
        KEEP = "keep", _("Promise kept")
        RENEGOTIATE = "renegotiate", _("Promise renegotiated")
        HAND_ON = "hand_on", _("Promise handed on")
        RECEIVE = "receive", _("Complaint or proposal received")
        SITE = "site", _("Visit on site")
        MESSAGE = "message", _("Message sent")
        CHECK = "check", _("Log checked")
        PLAN = "plan", _("Maintenance plan")
        TASK = "task", _("Task of a maintenance plan")
        COMPLAINT = "complaint", _("Complaint or suggestion")
        ASSIGN = "assign", _("Given to somebody")
        TRANSFER = "transfer", _("Offered to a colleague")
        EXTEND = "extend", _("Extension")
        LOCK = "lock", _("Lock")
        SHEET = "sheet", _("Clearing sheet")
        INQUIRE = "inquire", _("Inquiry")
        DISPUTE = "dispute", _("Dispute")

    # What people said or wrote to each other.
    SPOKEN = (
        Verb.LOG, Verb.CORRECT, Verb.ADD, Verb.MOVE, Verb.SKIP, Verb.PROMISE, Verb.KEEP, Verb.RENEGOTIATE, Verb.HAND_ON,
        Verb.RECEIVE, Verb.SITE, Verb.MESSAGE, Verb.CHECK, Verb.TASK, Verb.COMPLAINT, Verb.INQUIRE,
    )  # fmt: skip
    # Of which whoever may not read the contacts reads the details too: facts, and the words for the next claimer.
    OPEN = (Verb.CREATE, Verb.EDIT, Verb.RELEASE, Verb.RETURN, Verb.GRADE)
    # What finance sees of a timeline, and what each chip of the timeline shows.
    MONEY = (Verb.ORDER, Verb.PAY, Verb.GRADE)
    KINDS = {
        "contact": SPOKEN,
        "money": (Verb.ORDER, Verb.PAY),
        "ownership": (
            Verb.CREATE,
            Verb.CLAIM,
            Verb.RELEASE,
            Verb.RETURN,
            Verb.GRADE,
            Verb.LEND,
            Verb.ASSIGN,
            Verb.TRANSFER,
            Verb.EXTEND,
            Verb.LOCK,
            Verb.SHEET,
            Verb.INQUIRE,
            Verb.DISPUTE,
        ),
        "plans": (Verb.PLAN, Verb.TASK),
        "edits": (Verb.EDIT,),
    }

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="activities", db_index=False)
    verb = models.CharField(max_length=20, choices=Verb)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("customer", "-at", "-id"), name="activity_timeline"),)

    def __str__(self):
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d}"
