"""What the nights did, for people: which returned whom, and one that the brake stopped (policy 4).

The latest night alone can be let go: what was due on an earlier one is due on it as well.
"""

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import night
from customers.models import Customer
from jobs import errands
from jobs.models import Run

JOB = "let_go"
BY_HAND = "return_idle"
# The stopped night that waits for a manager, as long as nobody has returned by hand what was due on it.
WAITING = """
    SELECT n.id FROM jobs_run n
    WHERE n.job = 'night' AND n.status = 'done' AND n.counts ? 'stopped'
      AND n.business_date = (SELECT max(business_date) FROM jobs_run WHERE job = 'night' AND status = 'done')
      AND NOT EXISTS (SELECT FROM jobs_run r WHERE r.job = 'return_idle' AND r.status = 'done'
                      AND r.business_date >= n.business_date AND r.finished_at >= n.finished_at)
"""


def runs():
    """Return the runs that return customers: the nights, and what was asked for by hand."""
    return Run.objects.filter(job__in=(night.JOB, BY_HAND), business_date__isnull=False).select_related("by")


def waiting() -> Run | None:
    """Return the stopped night that waits for somebody to decide."""
    return next(iter(Run.objects.raw(WAITING)), None)


def ask_to_let_go(run: Run, *, by) -> Run:
    """Let a worker return what was due on the stopped night `run`; asked twice it is one errand.

    Raises TooLate when it does not wait (any more).
    """
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        if waiting() != run:
            raise TooLate(_("This night does not wait any more: somebody has decided, or a later night has come."))
        return errands.ask(JOB, by=by, on=run.business_date)


def letting_go(run: Run) -> Run | None:
    """Return the errand that lets the night `run` go, over or not."""
    return Run.objects.filter(job=JOB, business_date=run.business_date).select_related("by").first()


def by_hand_after(run: Run) -> Run | None:
    """Return the run that returned by hand what was due on the stopped night `run`, if somebody did."""
    return runs().filter(job=BY_HAND, business_date=run.business_date, status=Run.Status.DONE).first()


def work(errand: Run) -> dict:
    """Do the errand that `ask_to_let_go` wrote."""
    counts = night.return_by_hand(errand.business_date, confirm=True, by=errand.by)
    return {"returned": counts["returned"], "by_rule": counts["by_rule"]}


def due(run: Run):
    """Return the customers that are due on the date of `run` still: some were kept since it stopped."""
    return Customer.objects.due_to_return(by=run.business_date).order_by()


def due_by_person(run: Run, people: frozenset[int] | None) -> list[tuple[int, str, int]]:
    """Return (id, name, number) of whose customers are due on the date of `run`, the most first; people None is all."""
    found = due(run) if people is None else due(run).filter(owner__in=people)
    return list(
        found.values_list("owner", "owner__name").annotate(number=Count("pk")).order_by("-number", "owner__name")
    )


def went(run: Run) -> dict[str, int]:
    """Return how many the run returned by rule, as its counts say; of one by hand all its times together."""
    if run.job == night.JOB:
        return run.counts.get("returned") or {}
    total: dict[str, int] = {}
    for counts in (run.counts, *run.counts.get("earlier", ())):
        for rule, number in (counts.get("by_rule") or {}).items():
            total[rule] = total.get(rule, 0) + number
    return total
