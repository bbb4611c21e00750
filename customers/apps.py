from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self):
        from customers import importing, permissions  # models are there from now on only
        from jobs import imports

        kind = imports.Kind(importing.CustomerImport, _("Import customers"), "customers:import", permissions.may_import)
        imports.register(kind)
