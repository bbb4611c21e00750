from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models.ticket import Ticket


class Mail(models.Model):
    """What became of a mail of the mailbox, known by its Message-ID: each is taken once (see `complaints.arriving`).

    One that could not be read is kept aside: it lies flagged in the mailbox, and `error` says why.
    """

    class Outcome(models.TextChoices):
        OPENED = "opened", _("opened a ticket")
        ADDED = "added", _("added to a ticket")
        AUTOMATIC = "automatic", _("left alone: no person wrote it")
        ASIDE = "aside", _("kept aside")

    mail_id = models.CharField(max_length=250, unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="mails")
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("-at", "-id"), condition=models.Q(outcome="aside"), name="mail_aside"),)

    def __str__(self):
        return f"{self.sender}: {self.subject}"


class MailboxState(models.Model):
    """When the mailbox was read last, and what kept it from being read since then; one row."""

    read_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self):
        return self.error or f"{self.read_at}"
