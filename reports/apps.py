from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self):
        # They add lines to Today; whoever names a customer first says what its line shows of it.
        from reports import today_due, today_ownership  # noqa: F401
