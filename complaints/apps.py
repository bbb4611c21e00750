from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self):
        # Register how our activities read, what we hand over, and what we do when the calendar changes; once the models
        # are loaded.
        from complaints import clocks, handed, timeline  # noqa: F401
        from staff import changes

        changes.on_calendar(clocks.recompute)
