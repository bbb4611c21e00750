from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The six roles of policy 1."""

    REPRESENTATIVE = "representative", _("sales representative")
    SUPERVISOR = "supervisor", _("supervisor")
    MANAGER = "manager", _("manager")
    DIRECTOR = "director", _("director")
    FINANCE = "finance", _("finance")
    ADMINISTRATOR = "administrator", _("administrator")
