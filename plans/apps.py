from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self):
        # Register how our activities read, what we hand over, and what we do when the company changes; once the models
        # are loaded.
        from plans import handed, reseating, timeline  # noqa: F401
        from staff import changes

        changes.on_company(reseating.reseat)
