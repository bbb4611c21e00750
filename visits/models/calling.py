import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.sight import customer_of
from staff.models import Team
from staff.permissions import is_finance, is_leader, people_in_sight
from staff.roles import Role
from visits.models.callback import Callback
from visits.models.log import CallLog


class CallListQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the lists that people in sight drew, and those that give them calls; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        if people is None:
            return self
        given = Callback.objects.filter(Q(person__in=people) | customer_of(people), call_list=OuterRef("pk"))
        return self.filter(Q(by__in=people) | Exists(given))

    def for_list(self):
        return self.select_related("by")


class CallList(models.Model):
    """Customers chosen to be called (policy 5.1), shared out as callbacks; `criteria` says how they were chosen."""

    class Way(models.TextChoices):
        RANDOM = "random", _("random sample")
        UNSATISFIED = "unsatisfied", _("low satisfaction")
        OWED = "owed", _("a service is still owed")
        RARE = "rare", _("contact has grown rare")

    name = models.CharField(_("name"), max_length=100)
    way = models.CharField(_("how to choose"), max_length=12, choices=Way)
    criteria = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    due_on = models.DateField(_("to be called by"))
    note = models.CharField(_("what it is about"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Of the form that asked for it: the same form sent twice is one list. It also seeds the random choice.
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = CallListQuerySet.as_manager()

    class Meta:
        verbose_name = _("call list")
        verbose_name_plural = _("call lists")
        ordering = ("-id",)

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("visits:list_detail", args=[self.pk])


class SpotCheckQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the checks of logs that people in sight wrote; for leaders only, and none of their own logs."""
        if not is_leader(user):
            return self.none()
        people = people_in_sight(user)
        of_others = self.exclude(log__by=user)
        return of_others if people is None else of_others.filter(log__by__in=people)

    def waiting_for(self, user):
        """Return the checks that `user` can still make: of customers whose contacts they may read and call."""
        return self.filter(checked_at=None, log__customer__in=Customer.objects.with_contacts_for(user))

    def made(self):
        return self.filter(checked_at__isnull=False)

    def for_list(self):
        return self.select_related("log__customer", "log__by", "drawn_by", "checked_by").only(
            "drawn_at", "checked_at", "agrees", "note", "drawn_by__name", "checked_by__name", "log__at",
            "log__channel", "log__outcome", "log__satisfaction", "log__customer__name", "log__customer__owner",
            "log__by__name",
        )  # fmt: skip


class SpotCheck(models.Model):
    """A log drawn by chance to be checked by a call of the supervisor's own (policy 5.6, 10.6)."""

    log = models.OneToOneField(CallLog, models.CASCADE, related_name="check_drawn")
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    agrees = models.BooleanField(_("the record agrees"), null=True)
    note = models.TextField(_("what differs"), blank=True)

    objects = SpotCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("spot check")
        verbose_name_plural = _("spot checks")
        ordering = ("-drawn_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True, agrees__isnull=True)
                | Q(checked_at__isnull=False, agrees__isnull=False),
                name="spot_check_has_verdict",
            ),
        )

    def __str__(self):
        return f"{self.log_id}"

    def get_absolute_url(self):
        return reverse("visits:check", args=[self.pk])


class MonthlyCommentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return what was said of people in sight, and to those who lead them of their teams; none for finance."""
        if is_finance(user):
            return self.none()
        people = people_in_sight(user)
        if people is None:
            return self
        if user.role == Role.REPRESENTATIVE:
            return self.filter(person=user)
        return self.filter(Q(person__in=people) | Q(team__in=Team.objects.filter(people__in=people)))


class MonthlyComment(models.Model):
    """What a leader says of a person's or a team's month of callbacks (policy 5.9); `month` is its first day."""

    month = models.DateField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="monthly_comments"
    )
    team = models.ForeignKey("staff.Team", models.PROTECT, null=True, blank=True, related_name="monthly_comments")
    text = models.TextField(_("comment"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = MonthlyCommentQuerySet.as_manager()

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(person__isnull=True, team__isnull=False) | Q(person__isnull=False, team__isnull=True),
                name="monthly_comment_of_one",
            ),
        )
        indexes = (models.Index(fields=("month", "person"), name="monthly_comment_month"),)

    def __str__(self):
        return self.text[:40]
