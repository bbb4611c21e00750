from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self):
        # Register how our activities read and what we do when the company changes; the models must be loaded first.
        from plans import reseating, timeline  # noqa: F401
        from staff import changes

        changes.on_company(reseating.reseat)
