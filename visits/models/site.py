from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.looks import span
from crm.lib.moves import Move, Tracked
from customers.models import Activity, Customer
from customers.permissions import sees_contacts
from customers.sight import customer_of
from staff.permissions import is_finance, people_in_sight
from visits import permissions


class SiteVisitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the visits to owned customers in sight; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        return self if people is None else self.filter(customer_of(people))

    def movable_for(self, user):
        """Return those whose verbs get an answer: in sight, or late because the customer went to the pool."""
        return self.none() if is_finance(user) else self.visible_to(user) | self.filter(customer__owner=None)

    def open(self):
        return self.filter(status=SiteVisit.Status.PLANNED)

    def for_list(self):
        return self.select_related("customer", "by")


class SiteVisit(Tracked):
    """Work at the customer's place: installation, inspection or repair, planned and real (policy 5.2, 5.3).

    Its end, and running over the planned end, are events that callback rules follow.
    """

    class Kind(models.TextChoices):
        INSTALLATION = "installation", _("installation")
        INSPECTION = "inspection", _("inspection")
        REPAIR = "repair", _("repair")

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="site_visits")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    planned_from = models.DateTimeField(_("planned from"))
    planned_until = models.DateTimeField(_("planned until"))
    technician = models.CharField(_("technician"), max_length=100)
    started_at = models.DateTimeField(_("began"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # When it was noticed that the planned end had passed: at the end, or by the clock before it.
    overran_at = models.DateTimeField(null=True, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.PLANNED, editable=False)
    task = models.CharField(_("what is to be done"), max_length=300, blank=True)
    result = models.TextField(_("result"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SiteVisitQuerySet.as_manager()

    MOVES = {
        "edit": Move(frozenset({Status.PLANNED}), Status.PLANNED, permissions.may_visit),
        "finish": Move(frozenset({Status.PLANNED}), Status.DONE, permissions.may_visit),
        "cancel": Move(frozenset({Status.PLANNED}), Status.CANCELLED, permissions.may_visit),
    }

    class Meta:
        verbose_name = _("visit on site")
        verbose_name_plural = _("visits on site")
        ordering = ("-planned_from", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(planned_until__gte=F("planned_from")), name="site_visit_planned_in_order"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="site_visit_real_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status="done", finished_at__isnull=False) | ~Q(status="done"),
                name="site_visit_done_has_end",
            ),
        )
        indexes = (
            models.Index(fields=("customer", "-planned_from"), name="site_visit_customer"),
            models.Index(fields=("planned_from", "id"), name="site_visit_by_time"),
            models.Index(fields=("finished_at",), condition=Q(status="done"), name="site_visit_finished"),
            models.Index(
                fields=("planned_until",),
                condition=Q(status="planned", overran_at__isnull=True),
                name="site_visit_open",
            ),
            models.Index(fields=("overran_at",), condition=Q(overran_at__isnull=False), name="site_visit_overran"),
        )

    def __str__(self):
        return f"{self.get_kind_display()} {timezone.localtime(self.planned_from):%Y-%m-%d}"

    @property
    def is_late(self) -> bool:
        """Whether its planned end has passed and nobody has said that it is over."""
        return self.status == self.Status.PLANNED and self.planned_until < timezone.now()

    @property
    def planned(self) -> str:
        return span(self.planned_from, self.planned_until)

    @property
    def real(self) -> str:
        return span(self.started_at, self.finished_at) if self.finished_at else ""

    def get_absolute_url(self):
        return reverse("visits:site_detail", args=[self.pk])

    def may_be_read_by(self, user):
        """What was done at the customer's place is read like what was said (see `CallLog.may_be_read_by`)."""
        return sees_contacts(user, self.customer)

    def activity(self, verb, *, by):
        return Activity(customer=self.customer, verb=Activity.Verb.SITE, by=by, data={"kind": self.kind, "did": verb})

    def too_late(self, verb):
        return _t("This visit is over or cancelled already.")
