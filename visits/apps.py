from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = _("Callbacks")

    def ready(self):
        # Register how a log reads; imported here because models must be loaded first.
        from visits import timeline  # noqa: F401
