from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.dates import first_of_month
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers.filters import month_of
from customers.models import Customer
from customers.ownership import nights
from customers.permissions import may_decide_nights
from customers.timeline import latest
from reports import dashboard as figures
from reports import first_steps, pictures, setup
from reports import today as work
from reports.forms import FirstAdministratorForm
from sales.models import Order
from staff.people import create_first_administrator
from staff.permissions import is_administrator, is_finance, is_leader, is_seller, people_in_sight
from visits import coverage
from visits.forms import CallLogForm
from visits.quiet import contact_rests

ACTIVITIES = 3
FIRST_LOOKED_AT = 5
# Longer numbers are no ids: they would overflow the column.
PK_DIGITS = 19


@login_not_required
@require_safe
def home(request):
    """Lead to where the role's day begins; without an administrator, explain how the first one is made."""
    if request.user.is_authenticated:
        return redirect(_start_of(request.user))
    if setup.is_needed():
        return render(request, "reports/nobody.html")
    return redirect_to_login(request.get_full_path())


def _start_of(user):
    if is_seller(user):
        return reverse("reports:today")
    if is_finance(user):
        return pictures.address("sales:list", status="open")
    return reverse("reports:dashboard")


@require_safe
def today(request):
    """The work of a seller's day: the queue, and the customer to work on beside it."""
    require(is_seller(request.user))
    queue = work.queue(request.user)
    customer, is_picked = _chosen(request, queue)
    context = {"queue": queue, "today": timezone.localdate(), "customer": customer, "is_picked": is_picked}
    if customer:
        context |= _beside(request.user, customer, queue)
    if is_leader(request.user):
        context["coverage"] = coverage.so_far(request.user)
    return render_page(request, "reports/today.html", context, fragment="work")


def _chosen(request, queue):
    """Return the customer asked for, if the person may work with it, and True; else the first such of the queue."""
    asked = request.GET.get("customer", "")
    if asked.isdecimal() and len(asked) < PK_DIGITS and (customer := _workable(request.user, asked)):
        return customer, True
    # A promise may outlast one's sight of its customer: such a line opens nothing.
    first = (_workable(request.user, line.customer.pk) for line in queue.lines[:FIRST_LOOKED_AT])
    return next(filter(None, first), None), False


def _workable(user, pk):
    """Return the customer if `user` may work with it; their own, which most are, by the shortest question."""
    customers = Customer.objects.for_work().filter(pk=pk)
    return customers.filter(owner=user).first() or customers.with_contacts_for(user).first()


def _beside(user, customer, queue):
    """Return what stands beside the queue of the customer to work on."""
    line = queue.find(customer.pk)
    form = CallLogForm.fresh(customer, user, purpose=line.purpose if line else "", opens=queue.rest.hours.opens_on)
    contact = form.main_contact
    return {
        "line": line,
        "chosen": str(customer.pk),
        "next_line": queue.after(customer.pk),
        "contact": contact,
        "contact_rests": contact_rests(contact, queue.rest.hours, queue.rest.now),
        "activities": latest(customer, user=user, limit=ACTIVITIES),
        "promises": work.open_promises(customer),
        "tasks": work.open_tasks(line, user, customer),
        "form": form,
    }


@require_safe
def dashboard(request):
    board = figures.Dashboard(request.user)
    if not board.held and not Customer.objects.exists():
        return _first_page(request)
    context = {"board": board, "charts": pictures.for_page(board), "links": pictures.links(board)}
    context["teams"] = pictures.team_table(board)
    if is_leader(request.user):
        context["coverage"] = coverage.so_far(request.user)
    if may_decide_nights(request.user):
        context["stopped"] = nights.waiting()
    if is_administrator(request.user) and not board.sales and not Order.objects.exists():
        context["steps"] = first_steps.steps()
    return render(request, "reports/dashboard.html", context)


def _first_page(request):
    steps = first_steps.steps() if is_administrator(request.user) else []
    return render(request, "reports/first_steps.html", {"steps": steps})


@require_safe
def pool_moves(request):
    """The claims or the returns of a month: the rows behind the dashboard's pool figures, one a move."""
    require(not is_finance(request.user))
    way = "in" if request.GET.get("way") == "in" else "out"
    month = month_of(request.GET.get("month", "")) or first_of_month(timezone.localdate())
    people = people_in_sight(request.user)
    field = "ended_at" if way == "in" else "started_at"
    stints = figures.returns(people) if way == "in" else figures.claims(people)
    stints = figures.in_month(stints, field, month).select_related("customer", "owner")
    page = KeysetPage.of(request, stints, field, descending=True)
    rows = [(stint, getattr(stint, field), figures.is_visible(stint.customer, people)) for stint in page.rows]
    context = {"page": page, "rows": rows, "way": way, "month": month}
    return render_page(request, "reports/pool_moves.html", context, fragment="rows")


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request, key):
    """Make the first administrator; the page is gone once one can sign in, and not there without the right key."""
    if not setup.is_key(key) or not setup.is_needed():
        raise Http404
    form = FirstAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = create_first_administrator(name=data["name"], username=data["username"], password=data["password"])
        login(request, user)
        return redirect("reports:dashboard")
    return render(request, "reports/welcome.html", {"form": form}, status=422 if form.errors else 200)
