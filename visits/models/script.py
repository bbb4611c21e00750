from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Script(models.Model):
    """The words for one purpose of calling (policy 5.7); what they are now, its latest version says.

    `purpose` is that of the callbacks, empty for calls without one.
    """

    purpose = models.CharField(_("purpose"), max_length=30, unique=True, blank=True)

    class Meta:
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        ordering = ("purpose",)

    def __str__(self):
        return self.purpose


class ScriptVersion(models.Model):
    """One version of a script, a text per stage; never changed, because logs name the version that was used.

    {customer}, {contact} and {me} stand for the names.
    """

    script = models.ForeignKey(Script, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    first_call = models.TextField(_("first call"), blank=True)
    later_call = models.TextField(_("later call"), blank=True)
    closing_satisfied = models.TextField(_("closing, satisfied"), blank=True)
    closing_unsatisfied = models.TextField(_("closing, not satisfied"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("script", "number"), name="script_version_once"),)

    def __str__(self):
        return f"{self.script} {self.number}"


class TextTemplate(models.Model):
    """A text to start from: for the note of a log, or for a message of greeting or news (policy 5.10)."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note of a log")
        GREETING = "greeting", _("greeting")
        NEWS = "news", _("news")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"))
    is_active = models.BooleanField(_("in use"), default=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    edited_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("text template")
        verbose_name_plural = _("text templates")
        ordering = ("kind", "title", "id")

    def __str__(self):
        return self.title
