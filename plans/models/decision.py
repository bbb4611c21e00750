from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from plans.models.plan import Plan


class Version(models.Model):
    """A plan's wording as it was submitted: what everybody who decides has seen. A trigger keeps it from any change."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(encoder=DjangoJSONEncoder)
    budget = models.DecimalField(max_digits=14, decimal_places=2)
    turnover = models.DecimalField(max_digits=16, decimal_places=2)
    reach = models.PositiveIntegerField()
    is_amendment = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("plan", "number"), name="version_number"),)

    def __str__(self):
        return f"{self.plan_id} v{self.number}"


class Decision(models.Model):
    """Who decided what on which version, when, in whose stead and why. A trigger keeps it from any change.

    A step of a version is passed once; a version is sent back or withdrawn once, and then nothing else.
    """

    class Verb(models.TextChoices):
        SUBMIT = "submit", _("submitted")
        PASS = "pass", _("passed")
        SEND_BACK = "send_back", _("sent back")
        WITHDRAW = "withdraw", _("withdrawn")
        # By the system: a step without anybody left to decide, waiting too long.
        SKIP = "skip", _("skipped")
        REMIND = "remind", _("reminded")
        ESCALATE = "escalate", _("put before the next above")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="decisions", db_index=False)
    version = models.ForeignKey(Version, models.PROTECT, related_name="decisions")
    position = models.PositiveSmallIntegerField(null=True)
    role = models.CharField(max_length=20, blank=True)
    verb = models.CharField(max_length=10, choices=Verb)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="decisions", db_index=False
    )
    stands_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("version", "position"), condition=Q(verb__in=("pass", "skip")), name="decision_step_once"
            ),
            models.UniqueConstraint(
                fields=("version", "by"), condition=Q(verb="pass"), name="decision_by_different_people"
            ),
            models.UniqueConstraint(
                fields=("version",), condition=Q(verb__in=("send_back", "withdraw")), name="decision_ends_once"
            ),
        )
        indexes = (
            models.Index(fields=("plan", "at", "id"), name="decision_history"),
            models.Index(fields=("by", "plan"), name="decision_of"),
        )

    def __str__(self):
        return f"{self.plan_id}: {self.get_verb_display()} {self.at:%Y-%m-%d}"


class LineComment(models.Model):
    """What somebody who decides, or writes, says of a line of a version, or of all of it. Never changed."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="comments")
    version = models.ForeignKey(Version, models.PROTECT, related_name="comments")
    # The line's id in the version's content; the line itself may be gone from the wording by now.
    line = models.BigIntegerField(null=True)
    text = models.CharField(_("comment"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "id")
        indexes = (models.Index(fields=("plan", "at"), name="line_comment_of"),)

    def __str__(self):
        return self.text
