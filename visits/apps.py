from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = _("Callbacks")

    def ready(self):
        # Register how our activities read and what we plan; imported here because models must be loaded first.
        from customers import reactions
        from visits import schedule, timeline  # noqa: F401

        reactions.reacts(lambda customers: schedule.plan(customers=customers))
