from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.choices import Cause, Department, Kind
from complaints.models.ticket import Ticket

COST = [MinValueValidator(0), MaxValueValidator(10**9)]


class Solution(models.Model):
    """A way to settle a ticket, with our cost and the customer's benefit (policy 7.5); one of a round is chosen."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="solutions")
    round = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(_("solution"))
    cost = models.DecimalField(_("cost (yuan)"), max_digits=12, decimal_places=2, default=Decimal(0), validators=COST)
    benefit = models.CharField(_("the customer's benefit"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    direction = models.TextField(_("direction"), blank=True)

    class Meta:
        verbose_name = _("solution")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("ticket", "round"), condition=Q(chosen_at__isnull=False), name="solution_one_chosen"
            ),
        )

    def __str__(self):
        return self.text


class Action(models.Model):
    """What is done to settle a ticket: a task, a compensation, or a consequence for staff (policy 7.6)."""

    class Kind(models.TextChoices):
        TASK = "task", _("task")
        COMPENSATION = "compensation", _("compensation")
        CONSEQUENCE = "consequence", _("consequence")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="actions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.TASK)
    text = models.CharField(_("what is to be done"), max_length=300)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="complaint_actions", verbose_name=_("who does it")
    )
    due_on = models.DateField(_("by"))
    cost = models.DecimalField(_("cost (yuan)"), max_digits=12, decimal_places=2, default=Decimal(0), validators=COST)
    result = models.CharField(_("result"), max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("action")
        ordering = ("due_on", "id")
        indexes = (
            models.Index(fields=("person", "due_on", "id"), condition=Q(done_at__isnull=True), name="action_todo"),
            # Which tickets concern a person: collected from the index alone.
            models.Index(fields=("person", "ticket"), name="action_concerns"),
        )

    def __str__(self):
        return self.text


class Try(models.Model):
    """A call back to ask whether the customer is satisfied (policy 7.7), or the customer's own word on the link."""

    class Outcome(models.TextChoices):
        SATISFIED = "satisfied", _("satisfied")
        UNSATISFIED = "unsatisfied", _("not satisfied")
        NOT_REACHED = "not_reached", _("not reached")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="tries")
    round = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, choices=[(n, "★" * n) for n in range(1, 6)]
    )
    note = models.TextField(_("what they said"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    on = models.DateField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self):
        return f"{self.ticket_id}: {self.outcome}"


class Message(models.Model):
    """A word of the thread: from the customer, to the customer, or a note among colleagues.

    Only what comes from or goes to the customer is shown on their link. `mail_id` is the Message-ID of a mail.
    """

    class Way(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("to the customer")
        NOTE = "note", _("note among colleagues")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    way = models.CharField(max_length=5, choices=Way)
    text = models.TextField(_("text"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    address = models.EmailField(blank=True)
    mail_id = models.CharField(max_length=250, unique=True, null=True)
    # A mail to the customer waits until a task has sent it.
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("at", "id")
        indexes = (
            models.Index(fields=("ticket", "at", "id"), name="ticket_thread"),
            models.Index(
                fields=("id",),
                condition=Q(way="out", sent_at__isnull=True, error="") & ~Q(address=""),
                name="message_unsent",
            ),
        )

    def __str__(self):
        return self.text[:60]


class Mention(models.Model):
    """A colleague named in a note: the ticket is theirs to read, and stands in their mentions until they saw it."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="mentions")
    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "person"), name="mention_once"),)
        indexes = (models.Index(fields=("person", "-id"), condition=Q(seen_at__isnull=True), name="mention_unseen"),)

    def __str__(self):
        return f"{self.ticket_id}: {self.person_id}"


class File(models.Model):
    """A picture (a clean JPEG) or a PDF of a ticket; the customer sees on the link what came from or went to them."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="files")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="files")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20)  # the media type
    content = models.BinaryField()
    is_public = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)

    def __str__(self):
        return self.name


class Case(models.Model):
    """A closed ticket written up for learning, without personal data (policy 7.8); searched by characters."""

    ticket = models.OneToOneField(Ticket, models.SET_NULL, null=True, related_name="case")
    title = models.CharField(_("title"), max_length=150)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COMPLAINT)
    cause = models.CharField(_("cause"), max_length=15, choices=Cause, blank=True)
    department = models.CharField(_("department"), max_length=12, choices=Department, blank=True)
    product = models.CharField(_("product"), max_length=100, blank=True)
    situation = models.TextField(_("what happened"))
    solution = models.TextField(_("what was done"))
    lesson = models.TextField(_("what we learnt"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    grams = models.GeneratedField(
        expression=Func(F("title"), function="crm_grams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("case")
        ordering = ("-at", "-id")
        indexes = (
            GinIndex(fields=("grams",), name="case_grams"),
            models.Index(fields=("at", "id"), name="case_recent"),
        )

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("complaints:case", args=[self.pk])


class Countermeasure(models.Model):
    """What is done so that a cause does not come back (policy 7.8), by whom and until when."""

    cause = models.CharField(_("cause"), max_length=15, choices=Cause)
    department = models.CharField(_("department"), max_length=12, choices=Department, blank=True)
    text = models.CharField(_("countermeasure"), max_length=300)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="countermeasures", verbose_name=_("who sees to it")
    )
    due_on = models.DateField(_("by"))
    done_at = models.DateTimeField(null=True, editable=False)
    result = models.CharField(_("result"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("countermeasure")
        ordering = ("due_on", "id")

    def __str__(self):
        return self.text


class Desk(models.Model):
    """How complaints are received (policy 7.1): who gets what nobody was asked for, and the limits."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("receives what comes by form and mail"),
    )
    reopen_days = models.PositiveSmallIntegerField(_("can be reopened within days"), default=14)

    def __str__(self):
        return str(self.person)

    @classmethod
    def current(cls):
        return cls.objects.select_related("person").first() or cls()
