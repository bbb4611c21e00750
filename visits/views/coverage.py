"""Whether all good customers were reached in a month, and who is missing (policy 5.6)."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from visits import coverage, permissions
from visits.months import Month


@require_safe
def coverage_page(request):
    require(permissions.may_lead(request.user))
    month = Month.asked(request.GET.get("month", ""))
    teams = coverage.teams(request.user, month)
    people = [row.person for team in teams for row in team["rows"]]
    customers, chosen = coverage.good_customers(request.user, month), _chosen(request, people)
    if chosen:
        customers = customers.filter(owner=chosen)
    page = KeysetPage.of(request, coverage.missing(customers, month), "contact_key")
    for customer in page.rows:
        customer.days_silent = _days_silent(customer)
    sums = [team["sum"] for team in teams]
    whole = coverage.Coverage(month, sum(part.good for part in sums), sum(part.reached for part in sums))
    context = {"month": month, "teams": teams, "people": people, "chosen": chosen, "page": page, "coverage": whole}
    return render_page(request, "visits/coverage.html", context, fragment="rows" if whole.good else None)


def _chosen(request, people):
    asked = request.GET.get("person", "")
    return next((person for person in people if str(person.pk) == asked), None)


def _days_silent(customer):
    """Return for how many days nobody had any contact; None when nobody ever had."""
    if customer.last_contact_at is None:
        return None
    return (timezone.localdate() - timezone.localdate(customer.last_contact_at)).days
