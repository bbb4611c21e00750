"""Asking one cell of the access matrix: address, method, person, object; what came back, and what was written."""

import datetime as dt
import re
from contextlib import contextmanager

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from complaints.models import Case, Countermeasure
from customers.models import Contact, Customer, Dispute, Pool, Transfer
from jobs.models import Run, RunError, Upload
from sales.models import Order
from staff.models import User
from tests.access.rules import ABSENT, DENIED, HIDDEN, LATE, LOGIN, NOT_ALLOWED, OK, OWN
from tests.factories import (
    absence_for,
    customer_for,
    handover_of,
    inquiry_for,
    offer_to,
    plan_for,
    received_by,
    ticket_for,
)
from visits.models import (
    Cadence,
    Callback,
    CallbackRule,
    CallList,
    CallLog,
    LogPicture,
    Message,
    Promise,
    Script,
    SiteVisit,
    SpotCheck,
    TextTemplate,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = {"GET", "HEAD", "OPTIONS"}
NO_SUCH_PK = 999_999_999
# Written whenever anybody comes or tries to come in.
OF_SIGNING_IN = ("django_session", "staff_loginwindow", "staff_trywindow")


def url_names():
    """Return the name of every address of the product, from the URL configuration."""
    return sorted(_names(get_resolver().url_patterns, ""))


def _names(patterns, prefix):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name or pattern.pattern}"


def add_runs(world):
    """Add an import with an error for every person of the world, and one of somebody else."""
    people = [*world.people.values(), world.colleagues.other]
    world.runs = {}
    for person in people:
        run = Run.objects.create(job="import_customers", by=person, status=Run.Status.DONE)
        Upload.objects.create(run=run, name="客户.csv", content=b"code,name\n")
        RunError.objects.create(run=run, line=2, field="name", message="Fill in the name.", cells={"code": "X"})
        world.runs[person.pk] = run
    add_nights(world)
    return world


def add_nights(world):
    """Add a return by hand, of the customer in the pool; the night after it, which stopped; a pool of a team."""
    today = timezone.localdate()
    ended = {"status": Run.Status.DONE, "finished_at": timezone.now()}
    before = today - dt.timedelta(days=1)
    world.returned = Run.objects.create(job="return_idle", business_date=before, counts={"returned": 1}, **ended)
    world.customers["pool"].stints.filter(ended_at=None).update(run=world.returned)
    Customer.objects.filter(pk=world.customers["pool"].pk).update(moved_in=world.returned)
    stopped = {"stopped": {"due": 5, "owned": 9, "percent": 20}}
    world.night = Run.objects.create(job="night", business_date=today, counts=stopped, **ended)
    world.empty_pool = Pool.objects.create(name="上海公海", team=world.teams.shanghai)


def target_of(kind, world, role, relation):
    """Return the object that stands in `relation` to the person of `role`; None where there is none."""
    if relation == ABSENT or kind in {"none", "link", "key", "key_file"}:
        return None
    return {
        "customer": lambda: customer_for(world, role, relation),
        "contact": lambda: Contact.objects.filter(customer=customer_for(world, role, relation)).first(),
        "order": lambda: Order.objects.filter(customer=customer_for(world, role, relation), status="open").first(),
        "paid_order": lambda: Order.objects.filter(customer=customer_for(world, role, relation), status="paid").first(),
        "callback": lambda: Callback.objects.filter(customer=customer_for(world, role, relation)).first(),
        "call_list": lambda: CallList.objects.filter(callbacks__customer=customer_for(world, role, relation)).first(),
        "list_call": lambda: Callback.objects.filter(
            customer=customer_for(world, role, relation), call_list__isnull=False
        ).first(),
        "promise": lambda: Promise.objects.filter(customer=customer_for(world, role, relation)).first(),
        "log": lambda: CallLog.objects.filter(customer=customer_for(world, role, relation)).first(),
        "picture": lambda: LogPicture.objects.filter(log__customer=customer_for(world, role, relation)).first(),
        "check": lambda: SpotCheck.objects.filter(log__customer=customer_for(world, role, relation)).first(),
        "site": lambda: SiteVisit.objects.filter(customer=customer_for(world, role, relation)).first(),
        "message": lambda: Message.objects.filter(customer=customer_for(world, role, relation)).first(),
        "script": lambda: Script.objects.filter(purpose="follow_up").first(),
        "text": lambda: TextTemplate.objects.first(),
        "rule": lambda: CallbackRule.objects.first(),
        "cadence": lambda: Cadence.objects.first(),
        "plan": lambda: plan_for(world, role, relation),
        "plan_draft": lambda: plan_for(world, role, relation, "draft"),
        "plan_running": lambda: plan_for(world, role, relation, "running"),
        "task": lambda: plan_for(world, role, relation, "running").tasks.get(),
        "task_file": lambda: plan_for(world, role, relation, "running").tasks.get().files.get(),
        "plan_paper": lambda: plan_for(world, role, relation),
        "absence": lambda: absence_for(world, role, relation),
        "plan_version": lambda: plan_for(world, role, relation).version,
        "ticket": lambda: ticket_for(world, role, relation),
        "ticket_paper": lambda: ticket_for(world, role, relation),
        "ticket_step": lambda: ticket_for(world, role, relation),
        "ticket_form": lambda: ticket_for(world, role, relation),
        "ticket_justified": lambda: ticket_for(world, role, relation, "justified"),
        "ticket_file": lambda: ticket_for(world, role, relation).files.get(),
        "solution": lambda: ticket_for(world, role, relation).solutions.get(),
        "action": lambda: ticket_for(world, role, relation).actions.get(),
        "case": lambda: Case.objects.get(by=world.people[role] if relation == OWN else world.colleagues.other),
        "measure": lambda: Countermeasure.objects.get(
            owner=world.people[role] if relation == OWN else world.colleagues.other
        ),
        "inquiry": lambda: inquiry_for(world, role, relation),
        "handover": lambda: handover_of(world, role, relation),
        "handover_done": lambda: received_by(world, role, relation).handover,
        "handover_paper": lambda: received_by(world, role, relation).handover,
        "handover_item": lambda: received_by(world, role, relation),
        "handover_missing": lambda: received_by(world, role, relation, "missing"),
        "dispute": lambda: Dispute.objects.get(customer=customer_for(world, role, relation)),
        "offer": lambda: Transfer.objects.get(customer=customer_for(world, role, relation)),
        "offer_in": lambda: offer_to(world, role, relation),
        "run": lambda: world.runs[(world.people[role] if relation == OWN else world.colleagues.other).pk],
        "night": lambda: world.night,
        "returned": lambda: world.returned,
        "pool_row": lambda: world.empty_pool,
        "person": lambda: world.people[role] if relation == OWN else world.colleagues.other,
        "team": lambda: world.people[role].team if relation == OWN else world.teams.guangzhou,
    }[kind]()


# What follows the id in some addresses.
AFTER_ID = {"plan_paper": ("plan",), "ticket_step": ("judge",)}


def address(name, kind, target):
    if kind == "none":
        return reverse(name)
    if kind == "link":
        return reverse(name, args=["MQ", "abc-0123456789abcdef0123456789abcdef"])
    if kind == "key":
        return reverse(name, args=["x" * 20])
    if kind == "key_file":
        return reverse(name, args=["x" * 20, NO_SUCH_PK])
    if kind == "script":
        return reverse(name, args=[target.purpose if target else "no_such_purpose"])
    if kind == "plan_version":
        return reverse(name, args=[target.plan_id, target.number] if target else [NO_SUCH_PK, 1])
    return reverse(name, args=[target.pk if target else NO_SUCH_PK, *AFTER_ID.get(kind, ())])


def outcome_of(response):
    location = response.headers.get("Location") or response.headers.get("HX-Redirect") or ""
    if response.status_code in {302, 401, 403} and location.startswith(f"{reverse('staff:login')}?next="):
        return LOGIN
    known = {403: DENIED, 404: HIDDEN, 405: NOT_ALLOWED, 409: LATE}
    if response.status_code in known:
        return known[response.status_code]
    return OK if response.status_code in {200, 204, 301, 302, 303, 400, 422, 429} else response.status_code


@contextmanager
def undone():
    """Undo in the database what the block did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written() -> int:
    """Return how many rows this transaction has written or tried to write so far, but for those of signing in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint "
            "FROM pg_stat_xact_user_tables WHERE relname <> ALL(%s)",
            [list(OF_SIGNING_IN)],
        )
        return cursor.fetchone()[0]


def signed_in(user, **options):
    client = Client(raise_request_exception=False, **options)
    client.force_login(user)
    return client


@contextmanager
def as_it_was(client):
    """Take back the cookies that the block was given, such as a message for the next page."""
    kept = client.cookies.copy()
    yield
    client.cookies = kept


def deactivated(world):
    """Return a client whose person was deactivated after signing in."""
    person = User.objects.create(username="gone", name="离职", role="administrator")
    client = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    return client


def face(response, path):
    """Return what tells one refusal from another: status, headers and the page without its own address."""
    body = "" if response.streaming else response.content.decode().replace(path, "PATH")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "CSRF", body)
    headers = {name: value.replace(path, "PATH") for name, value in response.headers.items()}
    headers.pop("Content-Length", None)
    return response.status_code, headers, sorted(response.cookies), re.sub(r'"X-CSRFToken": ?"\w+"', "CSRF", body)
