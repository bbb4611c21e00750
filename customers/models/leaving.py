"""What is asked and written before a customer goes to the pool (policy 4.7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib.moves import Move, Tracked
from customers import permissions
from customers.models.activity import Activity
from staff.permissions import is_leader, people_in_sight
from staff.roles import Role


class OfOwnerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return what concerns customers that people in sight own now."""
        people = people_in_sight(user)
        owned = self.filter(customer__owner__isnull=False)
        return owned if people is None else owned.filter(customer__owner__in=people)


class ExtensionQuerySet(OfOwnerQuerySet):
    def asked(self):
        return self.filter(status=Extension.Status.ASKED)

    def to_decide(self, user):
        """Return what is asked for and `user` may decide: `permissions.may_decide_extension`, said of many."""
        if not is_leader(user):
            return self.none()
        asked = self.asked().visible_to(user).exclude(Q(customer__owner=user) | Q(asked_by=user))
        if user.role == Role.SUPERVISOR:
            return asked.filter(customer__owner__role=Role.REPRESENTATIVE)
        return asked


class Extension(Tracked):
    """A request for more time with a customer, and what the supervisor said; counted by ownership (`stint`).

    `customers.ownership.extending` has its verbs. A trigger lets one lapse with its ownership.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", pgettext_lazy("extension", "refused")
        LAPSED = "lapsed", _("lapsed")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="extensions")
    stint = models.ForeignKey("customers.Stint", models.CASCADE, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("days"))
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    until = models.DateField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ExtensionQuerySet.as_manager()

    MOVES = {
        "grant": Move(frozenset({Status.ASKED}), Status.GRANTED, permissions.may_decide_extension),
        "refuse": Move(frozenset({Status.ASKED}), Status.REFUSED, permissions.may_decide_extension),
    }

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("customer",), condition=Q(status="asked"), name="extension_one_asked"),
        )

    def __str__(self):
        return f"{self.customer_id}: {self.days}"

    def activity(self, verb, *, by):
        data = {"did": self.MOVES[verb].target, "days": self.days}
        return Activity(customer_id=self.customer_id, verb=Activity.Verb.EXTEND, by=by, data=data)

    def too_late(self, verb):
        if self.status == self.Status.LAPSED:
            return _t("The customer has left its owner meanwhile: there is nothing to decide any more.")
        words = {
            "granted": _t("%(person)s has granted it already."),
            "refused": _t("%(person)s has refused it already."),
        }
        return words[self.status] % {"person": self.decided_by}


class ClearingSheet(models.Model):
    """What the owner writes of a customer before it goes to the pool; the next claimer reads it (policy 4.7).

    Whoever leads the owner says that it is clear or sends it back; written anew, it waits for their look again.
    """

    class Status(models.TextChoices):
        WRITTEN = "written", _("written")
        SENT_BACK = "sent_back", _("sent back")
        CLEAR = "clear", pgettext_lazy("clearing sheet", "clear")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="sheets")
    stint = models.OneToOneField("customers.Stint", models.CASCADE, related_name="sheet")
    situation = models.TextField(_("situation"), max_length=2000)
    contacts = models.TextField(_("whom one talks to, and how"), max_length=2000)
    progress = models.TextField(_("how far talks have come"), max_length=2000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.WRITTEN)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    judged_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(_("what is unclear"), max_length=300, blank=True)

    objects = OfOwnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("clearing sheet")
        verbose_name_plural = _("clearing sheets")
        ordering = ("-written_at", "-id")

    def __str__(self):
        return f"{self.customer_id}: {self.written_at:%Y-%m-%d}"


class Reminder(models.Model):
    """That the owner was told so many days before a due date; once per date and threshold, a moved date counts anew."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+", db_index=False)
    returns_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    on = models.DateField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("customer", "returns_on", "days"), name="reminder_once"),)

    def __str__(self):
        return f"{self.customer_id}: {self.returns_on} − {self.days}"
