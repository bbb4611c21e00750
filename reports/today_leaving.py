"""What Today says of customers about to go to the pool: sheets to write, extensions to decide (policy 4.7)."""

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import leaving, waiting
from reports.today import MOST, TODAY, Reason, Who, clipped, provide
from staff.permissions import is_leader

# A line that opens no customer has an id of its own below zero (see `reports.queue`).
EXTENSIONS_FROM = 6_000_000_000_000


@provide
def sheets_to_write(user, today):
    """Own customers whose sheet came back, or that go within days without one."""
    for customer in leaving.to_write(user, on=today)[:MOST]:
        yield customer, Reason(TODAY, today, "clipboard-text", _sheet_text(customer.is_back))


def _say_sheet(is_back):
    if is_back:
        return _("Your clearing sheet came back: say what is unclear")
    return _("Write the clearing sheet before it goes")


_sheet_text = lazy(_say_sheet, str)


@provide
def extensions_to_decide(user, today):
    """What people whom `user` leads ask for."""
    if not is_leader(user):
        return
    url = reverse("customers:extensions")
    for extension in waiting.to_decide(user).order_by("asked_at", "pk")[:MOST]:
        customer = extension.customer
        pk = -(EXTENSIONS_FROM + extension.pk)
        who = Who(pk, customer.name, customer.grade, is_owned=False, url=f"{url}#extension-{extension.pk}")
        yield who, Reason(TODAY, today, "hourglass", _asked_text(customer.owner, extension))


def _say_asked(owner, extension):
    text = ngettext(
        "%(owner)s asks for %(days)d more day: %(reason)s",
        "%(owner)s asks for %(days)d more days: %(reason)s",
        extension.days,
    )
    return text % {"owner": owner, "days": extension.days, "reason": clipped(extension.reason, 60)}


_asked_text = lazy(_say_asked, str)
