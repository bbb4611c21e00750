from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "sales"
    verbose_name = _("Orders")

    def ready(self):
        from jobs import imports  # models are there from now on only
        from sales import handed, importing, permissions  # noqa: F401 - what we hand over registers itself

        kind = imports.Kind(importing.OrderImport, _("Import orders"), "sales:import", permissions.may_import)
        imports.register(kind)
