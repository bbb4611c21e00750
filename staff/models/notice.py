from django.db import models
from django.db.models import Q
from django.utils import timezone

from staff.models.person import User


class Notice(models.Model):
    """A mail to a colleague, in the words they read; a task claims and sends it, once (see `staff.notices`)."""

    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=250)
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("id",), condition=Q(sent_at__isnull=True), name="notice_unsent"),)

    def __str__(self):
        return self.subject
