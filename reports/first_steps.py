"""What an administrator does before the others can work: the steps of an empty system, ticked when done."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Customer, GradingStandard
from sales.models import Order
from staff.models import Team, User


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    url: str
    action: str
    icon: str
    is_done: bool
    is_next: bool = False


def steps() -> list[Step]:
    """Return the steps in their order; the first one not done is the next."""
    every = [_teams(), _people(), _standard(), _customers(), _orders()]
    following = next((step for step in every if not step.is_done), None)
    return [replace(step, is_next=True) if step is following else step for step in every]


def _teams():
    text = _("Leaders see the work of their team; a tree of teams, each with a head.")
    return Step(_("Add teams"), text, reverse("staff:team_list"), _("Teams"), "sitemap", Team.objects.exists())


def _people():
    text = _("Everybody who sells, leads or confirms payments; each with a role and a team.")
    done = User.objects.order_by()[:2].count() > 1
    return Step(_("Add people"), text, reverse("staff:person_list"), _("People"), "users", done)


def _standard():
    text = _("From which amount on a customer is VIP, A, B or C; the policy's amounts are set already.")
    done = GradingStandard.objects.filter(drafted_by__isnull=False).exists()
    url = reverse("customers:standard")
    return Step(_("Look at the grading standard"), text, url, _("Grading standard"), "scale", done)


def _customers():
    text = _("From a CSV or Excel file; lines with mistakes are listed, the good ones come in.")
    url = reverse("customers:import")
    return Step(_("Import customers"), text, url, _("Import customers"), "building", Customer.objects.exists())


def _orders():
    text = _("Confirmed payments decide the grades and keep customers from returning to the pool.")
    url = reverse("sales:import")
    return Step(_("Import orders"), text, url, _("Import orders"), "receipt-yuan", Order.objects.exists())
