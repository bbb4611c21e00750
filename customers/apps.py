from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self):
        # What is registered below; the models are there from now on only.
        from customers import importing, permissions
        from customers.ownership import applying, disputes, due, handing_over, nights, pools, rules, undoing
        from customers.ownership import handed as _handed  # noqa: F401 - registers itself
        from jobs import errands, imports
        from staff import changes, leaving, teams

        changes.on_times(lambda people: due.write(owners=people))
        changes.on_company(disputes.ask_again)
        leaving.on_leaving(handing_over.holdings)
        teams.on_keeping(pools.keeps_team)
        teams.on_keeping(rules.keeps_team)

        kind = imports.Kind(importing.CustomerImport, _("Import customers"), "customers:import", permissions.may_import)
        imports.register(kind)

        for errand in (applying, nights, pools, undoing):
            errands.register(errand.JOB, errand.work)
