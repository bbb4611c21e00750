from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from staff.permissions import is_administrator


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A run belongs to whoever asked for it; administrators see all, the night's included."""
        return self if is_administrator(user) else self.filter(by=user)

    def uploads(self):
        return self.filter(upload__isnull=False)

    def waiting(self):
        return self.uploads().filter(status=Run.Status.WAITING)

    def for_list(self):
        return self.select_related("by", "upload").defer("upload__content")


class Run(models.Model):
    """One piece of long work: a job of one business date, or one import. The truth that Redis only rings for."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.CharField(_("job"), max_length=40)
    business_date = models.DateField(_("business date"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-id",)
        indexes = (models.Index(fields=("status", "job"), name="run_status_job"),)
        constraints = (
            models.UniqueConstraint(
                fields=("job", "business_date"),
                condition=models.Q(business_date__isnull=False),
                name="run_once_a_business_date",
            ),
        )

    def __str__(self):
        return f"{self.job} {self.business_date or self.pk}"

    def get_absolute_url(self):
        return reverse("jobs:detail", args=[self.pk])

    @property
    def is_over(self):
        return self.status in {self.Status.DONE, self.Status.FAILED}

    @property
    def percent(self):
        return 100 if self.status == self.Status.DONE else min(99, 100 * self.done // self.total) if self.total else 0


class Upload(models.Model):
    """The file of an import, kept in the database so that any worker on any machine can take it."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="upload")
    name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField()

    def __str__(self):
        return self.name


class RunError(models.Model):
    """A line that could not be taken: where, which field, and what to do about it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="errors")
    line = models.PositiveIntegerField(_("line"))
    field = models.CharField(_("field"), max_length=60, blank=True)
    message = models.CharField(_("what to do"), max_length=500)
    cells = models.JSONField(default=dict)

    class Meta:
        ordering = ("line", "id")

    def __str__(self):
        return f"{self.line}: {self.message}"
