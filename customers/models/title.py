"""Who says that a customer is theirs: offers between people, inquiries, disputes (policy 4.1, 4.2, 4.6)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.moves import Move, Tracked
from customers import permissions
from customers.choices import Channel
from staff.permissions import is_finance, people_in_sight

# What the page of offers shows of each.
LISTED = (
    "status", "reason", "note", "offered_at", "answered_at", "by__name", "by__username",
    "sender__name", "sender__username", "receiver__name", "receiver__username", "customer__name", "customer__code",
    "customer__grade", "customer__dealt", "customer__owner", "customer__pool",
)  # fmt: skip


class TransferQuerySet(models.QuerySet):
    def offered(self):
        return self.filter(status=Transfer.Status.OFFERED)

    def visible_to(self, user):
        """Return the offers made by or to people in sight; finance has none of its own (policy 1.8)."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(Q(sender__in=people) | Q(receiver__in=people))

    def for_list(self):
        """Load what the page of offers shows, of the customer no more than one who can't see it yet may read."""
        return self.select_related("customer", "sender", "receiver", "by").only(*LISTED)


class Transfer(Tracked):
    """A customer offered by its owner to a colleague, who becomes the owner by accepting (policy 4.6)."""

    class Status(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="transfers")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="transfers_offered")
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="transfers_received", verbose_name=_("to")
    )
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    offered_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.OFFERED)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = TransferQuerySet.as_manager()

    # Done by `customers.ownership.transferring`, which holds people and customer first.
    MOVES = {
        "accept": Move(frozenset({Status.OFFERED}), Status.ACCEPTED, permissions.may_answer),
        "decline": Move(frozenset({Status.OFFERED}), Status.DECLINED, permissions.may_answer),
        "withdraw": Move(frozenset({Status.OFFERED}), Status.WITHDRAWN, permissions.may_withdraw),
    }

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("-offered_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("customer",), condition=Q(status="offered"), name="transfer_one_offered"),
            models.CheckConstraint(condition=~Q(sender=models.F("receiver")), name="transfer_to_another"),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.sender_id} → {self.receiver_id}"

    def too_late(self, verb):
        if self.status == Transfer.Status.ACCEPTED:
            return _t("%(person)s has accepted this offer already.") % {"person": self.receiver}
        if self.status == Transfer.Status.DECLINED:
            return _t("%(person)s has declined this offer already.") % {"person": self.receiver}
        return _t("This offer was withdrawn.")


class InquiryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the inquiries that people in sight took; none for finance (policy 1.8)."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(by__in=people)

    def with_customer(self):
        return self.select_related("by", "customer__owner__team", "customer__pool")


class Inquiry(models.Model):
    """Who took which inquiry of a customer when, by which channel; a trigger keeps it as it is (policy 1.7, 4.1).

    The first of a customer is its stamp, unless somebody else had the customer before; later ones attach to it.
    """

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="inquiries")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="inquiries", verbose_name=_("taken by")
    )
    at = models.DateTimeField(default=timezone.now)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    contact = models.CharField(_("who asked"), max_length=100, blank=True)
    text = models.CharField(_("what they asked"), max_length=500)
    is_first = models.BooleanField(default=False)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ("at", "id")
        indexes = (models.Index(fields=("at", "id"), name="inquiry_by_time"),)
        constraints = (
            models.UniqueConstraint(fields=("customer",), condition=Q(is_first=True), name="inquiry_one_first"),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.by_id} {self.at:%Y-%m-%d}"

    @property
    def responsible(self):
        """Who sees that it is answered: the customer's owner, who was told; as long as there is none, who took it."""
        return self.customer.owner or self.by

    @property
    def responsible_since(self):
        return max(self.at, self.customer.owned_at or self.customer.pooled_at)


class DisputeQuerySet(models.QuerySet):
    def open(self):
        return self.filter(decided_at=None)

    def visible_to(self, user):
        """Return the disputes that people in sight take part in, as owner or claimant; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(Q(owner__in=people) | Q(claimant__in=people))

    def waiting_for(self, user):
        """Return the open disputes that `user` is asked to decide."""
        return self.open().filter(asked__contains=[user.pk])

    def for_list(self):
        return self.select_related("customer__owner", "owner__team", "claimant__team", "winner", "decided_by")


class Dispute(models.Model):
    """Two people say that a customer is theirs; a leader decides on the evidence (policy 1.7, 4.1, 4.2).

    `evidence` keeps what was known when it arose: orders, inquiries and stints, as the page shows them. `asked` are the
    people who are to decide: the nearest above both (`customers.ownership.disputes`).
    """

    class Kind(models.TextChoices):
        FIRST_ORDER = "first_order", _("first order")
        FIRST_INQUIRY = "first_inquiry", _("first inquiry")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="disputes")
    kind = models.CharField(_("about"), max_length=15, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    claimant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who says it is theirs")
    )
    reason = models.CharField(_("why"), max_length=300, blank=True)
    evidence = models.JSONField(default=dict)
    asked = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    winner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("goes to")
    )
    note = models.CharField(_("reason of the decision"), max_length=300, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("at", "id"), name="dispute_by_time"),
            models.Index(fields=("at",), condition=Q(decided_at__isnull=True), name="dispute_open"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "claimant"), condition=Q(decided_at__isnull=True), name="dispute_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, winner__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, winner__isnull=False),
                name="dispute_decided_by_somebody",
            ),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.owner_id} / {self.claimant_id}"
