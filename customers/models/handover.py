from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers import permissions
from staff.permissions import is_administrator, is_finance, is_leader, people_in_sight


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return those of the people whom `user` leads; carried out, also their own and those that brought them things.

        What is still a draft is nobody's but the leaders', and not their own but the administrator's. Finance sees what
        was carried out, for the commission (policy 4.6).
        """
        if is_administrator(user):
            return self
        over, people = Q(status__in=Handover.OVER), people_in_sight(user)
        if people is None:
            return self.filter(over if is_finance(user) else over | ~Q(leaver=user))
        received = HandoverItem.objects.filter(receiver=user).values("handover")
        over &= Q(leaver=user) | Q(pk__in=received)
        return self.filter(over | Q(leaver__in=people - {user.pk})) if is_leader(user) else self.filter(over)

    def incomplete(self):
        """Return those that were carried out and of which something is open or missing."""
        lacking = HandoverItem.objects.filter(handover=OuterRef("pk"), status__in=("moved", "missing"))
        return self.filter(Exists(lacking), status=Handover.Status.DONE)

    def for_list(self):
        return self.select_related("leaver__team", "opened_by")


class Handover(Tracked):
    """Somebody's customers, and all else that they hold, given to others in one go (policy 4.6).

    `run` marks the stints that it began. `override` says why somebody may have more in hand than the rules allow.
    `customers.ownership.handovers` holds its verbs.
    """

    class Why(models.TextChoices):
        LEAVING = "leaving", _("leaves the company")
        POST = "post", _("change of post")
        WISH = "wish", _("a customer's wish")

    class Status(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        DONE = "done", _("carried out")
        UNDONE = "undone", _("undone")
        DROPPED = "dropped", _("given up")

    OVER = frozenset({Status.DONE, Status.UNDONE})
    # Within so many days it can be undone.
    UNDO_DAYS = 7

    leaver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers", verbose_name=_("who hands over")
    )
    why = models.CharField(_("why"), max_length=10, choices=Why, default=Why.LEAVING)
    note = models.CharField(_("note"), max_length=300, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    override = models.CharField(max_length=300, blank=True, editable=False)
    run = models.ForeignKey("jobs.Run", models.PROTECT, null=True, related_name="+", editable=False)

    objects = HandoverQuerySet.as_manager()

    MOVES = {
        "edit": Move(frozenset({Status.DRAFT}), Status.DRAFT, permissions.may_hand_over),
        "carry_out": Move(frozenset({Status.DRAFT}), Status.DONE, permissions.may_hand_over),
        "drop": Move(frozenset({Status.DRAFT}), Status.DROPPED, permissions.may_hand_over),
        "undo": Move(frozenset({Status.DONE}), Status.UNDONE, permissions.may_undo_handover),
    }

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("leaver",), condition=Q(status="draft"), name="handover_one_draft"),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "dropped"), done_at__isnull=True, undone_at__isnull=True)
                | Q(status="done", done_at__isnull=False, undone_at__isnull=True)
                | Q(status="undone", done_at__isnull=False, undone_at__isnull=False),
                name="handover_has_its_times",
            ),
        )
        indexes = (models.Index(fields=("opened_at", "id"), name="handover_recent"),)

    def __str__(self):
        return _t("Handover of %(name)s") % {"name": self.leaver}

    def get_absolute_url(self):
        return reverse("customers:handover", args=[self.pk])

    def too_late(self, verb):
        return _t("This handover is %(state)s by now.") % {"state": self.get_status_display()}


class HandoverItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return what of the handovers in sight `user` may read.

        Whoever leads the leaver reads all, a receiver what came to them, the leaver what is missing, and finance what
        it needs for the commission.
        """
        if is_finance(user):
            return self.filter(handover__status__in=Handover.OVER, kind__in=HandoverItem.OF_MONEY)
        people = people_in_sight(user)
        if people is None:
            return self
        over = Q(handover__status__in=Handover.OVER)
        own = over & (Q(receiver=user) | Q(handover__leaver=user, status="missing"))
        return self.filter(own | Q(handover__leaver__in=people - {user.pk})) if is_leader(user) else self.filter(own)

    def planned(self):
        return self.filter(status=HandoverItem.Status.PLANNED)

    def to_confirm_by(self, user):
        return self.filter(receiver=user, status=HandoverItem.Status.MOVED, handover__status=Handover.Status.DONE)

    def resolved(self):
        """Add who gets each: `goes_to`, and `goes_home`; what nobody was chosen for goes with its customer."""
        own = HandoverItem.objects.filter(handover=OuterRef("handover"), kind="customer", source=OuterRef("customer"))
        mine = Q(receiver__isnull=False) | Q(to_home=True) | Q(kind="customer")
        with_it = Q(follows=True)
        return self.annotate(
            goes_to=Case(
                When(mine, then=F("receiver")),
                default=Subquery(own.values("receiver")),
                output_field=models.BigIntegerField(),
            ),
            goes_home=Case(
                When(mine, then=F("to_home")),
                When(with_it, then=Coalesce(Subquery(own.values("to_home")), Value(False))),
                default=Value(False),
            ),
        )


class HandoverItem(models.Model):
    """One thing that is handed over: a customer, a receivable, a promise … (see `customers.ownership.handing_over`).

    `source` is the record of its `kind`; `receiver`, or `to_home` for where it goes without anybody named (a customer
    into the pool). What `follows` goes with its customer. `before` is what an undo needs. Money is in yuan.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        MOVED = "moved", _("to be confirmed")
        CONFIRMED = "confirmed", _("confirmed")
        MISSING = "missing", _("missing")
        LEFT = "left", _("not handed over")
        UNDONE = "undone", _("undone")

    # What finance reads.
    OF_MONEY = ("customer", "receivable")

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items", db_index=False)
    kind = models.CharField(max_length=20)
    source = models.BigIntegerField()
    customer = models.ForeignKey("customers.Customer", models.CASCADE, null=True, related_name="+")
    label = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    follows = models.BooleanField(default=False)
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    to_home = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)
    # What is missing, or why it was not handed over; what was supplied since.
    note = models.CharField(_("what is missing"), max_length=300, blank=True)
    supplied = models.CharField(_("what was supplied"), max_length=300, blank=True)

    objects = HandoverItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of a handover")
        verbose_name_plural = _("items of a handover")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("handover", "kind", "source"), name="handover_item_once"),)
        indexes = (
            models.Index(fields=("handover", "id"), name="handover_item_order"),
            models.Index(fields=("receiver", "handover"), name="handover_item_receiver"),
            models.Index(
                fields=("receiver",), condition=Q(status="moved"), include=("handover",), name="handover_item_open"
            ),
        )

    def __str__(self):
        return self.label
