from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = _("Callbacks")

    def ready(self):
        # Register how our activities read, what we hand over, and what we plan; once the models are loaded.
        from customers import reactions
        from staff import teams
        from visits import handed, inquiries, monthly, schedule, schedule_arrival, timeline  # noqa: F401

        teams.on_keeping(monthly.keeps_team)

        reactions.reacts(lambda customers: schedule.plan(customers=customers), at_arrival=schedule_arrival.AT_ARRIVAL)
