"""The pages and the verb of maintenance plans (issue "Plans": 1.5 × the floor page, an approval 3 × the bare page)."""

from collections.abc import Iterator

from django.urls import reverse

from bench.pages import Page
from plans.models import Plan, Seat
from staff.models import User
from staff.roles import Role

APPROVAL_LIMIT = 3
# The inbox and a plan that waits show a list, a wording and what changed in it, in one.
QUERIES, APPROVAL_QUERIES = 18, 24
READERS = (Role.DIRECTOR, Role.MANAGER, Role.SUPERVISOR)


def pages(who: dict[str, User]) -> Iterator[Page]:
    author = who[Role.SUPERVISOR]
    mine = Plan.objects.filter(author=author).order_by("pk")
    details = {
        "plan, a draft": mine.filter(status=Plan.Status.DRAFT),
        "plan, waiting": Plan.objects.filter(status=Plan.Status.SUBMITTED).order_by("pk"),
        "plan, running": mine.filter(status=Plan.Status.RUNNING),
        "plan, archived": mine.filter(status=Plan.Status.CLOSED),
    }
    found = {name: plans.first() for name, plans in details.items()}
    for role in READERS:
        for view in ("inbox", "board", "list", "late"):
            yield Page(f"plans, {view}", role, reverse(f"plans:{view}"), True, query_limit=QUERIES)
        for name, plan in found.items():
            if plan and Plan.objects.visible_to(who[role]).filter(pk=plan.pk).exists():
                yield Page(name, role, plan.get_absolute_url(), True, query_limit=QUERIES)
        running = found["plan, running"]
        if running and Plan.objects.visible_to(who[role]).filter(pk=running.pk).exists():
            yield Page("plan, its tasks", role, reverse("plans:tasks", args=[running.pk]), True)
    yield Page("plans, list", Role.REPRESENTATIVE, reverse("plans:list"), True)


def verbs(who: dict[str, User], rounds: int) -> list[Page]:
    """Return the approval, by a manager and by the director, of as many plans as there are rounds, or as wait."""
    found = []
    for role in (Role.MANAGER, Role.DIRECTOR):
        seats = Seat.objects.filter(person=who[role]).select_related("plan").order_by("-since")[:rounds]
        posts = [(reverse("plans:decide", args=[seat.plan_id]), _said(seat.plan)) for seat in seats]
        if posts:
            page = Page("approve a plan", role, bare_limit=APPROVAL_LIMIT, posts=posts, query_limit=APPROVAL_QUERIES)
            page.goes_on = reverse("plans:inbox")
            found.append(page)
    return found


def _said(plan):
    return {"version": plan.version_id, "position": plan.position, "verb": "pass", "note": "", "remark": ""}
