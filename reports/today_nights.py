"""What Today says of a night that stopped: leaders who sell see whose customers it is about, and who decides."""

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from customers import nights
from reports.today import TODAY, Reason, Who, provide
from staff.permissions import is_leader

# A line that opens no customer has an id of its own below zero (see `reports.queue`).
NIGHTS_FROM = 7_000_000_000_000


@provide
def stopped_night(user, today):
    run = nights.waiting() if is_leader(user) else None
    if run:
        name = _("Night of %(day)s") % {"day": run.business_date}
        url = reverse("customers:night", args=[run.pk])
        who = Who(-(NIGHTS_FROM + run.pk), name, "", is_owned=False, url=url)
        yield who, Reason(TODAY, today, "alert-triangle", _text(run.counts["stopped"]["due"]))


_text = lazy(lambda due: _("It stopped, because %(due)d customers would go at once; a manager decides") % {"due": due}, str)
