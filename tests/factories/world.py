"""A company with every role and every relation to a customer, for the tests of access."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from django.utils import timezone

from complaints.models import Action, Case, Countermeasure, File, Solution, Step, Ticket
from customers.models import (
    Dispute,
    Handover,
    HandoverItem,
    Inquiry,
    Pool,
    Stint,
    Transfer,
)
from jobs.models import Run
from plans import content, seating
from plans.models import Chain, Decision, Goal, Line, Plan, PlanCustomer, Seat, Task, TaskFile, Version
from staff.models import Absence
from staff.roles import Role
from tests.factories.complaints import CaseFactory, MeasureFactory
from tests.factories.customers import (
    ContactFactory,
    CustomerFactory,
    DisputeFactory,
    ExtensionFactory,
    HandoverItemFactory,
    InquiryFactory,
    LoanFactory,
    SheetFactory,
    TransferFactory,
)
from tests.factories.plans import PlanFactory, TaskFactory
from tests.factories.sales import OrderFactory
from tests.factories.staff import AbsenceFactory, TeamFactory, UserFactory
from tests.factories.visits import (
    CallbackFactory,
    CallLogFactory,
    ListCallFactory,
    LogAdditionFactory,
    LogPictureFactory,
    MessageFactory,
    PromiseFactory,
    SiteVisitFactory,
    SpotCheckFactory,
)
from visits.models import (
    Callback,
    CallLog,
    Message,
)

RELATIONS = ("own", "team", "subtree", "other", "pool")


def make_world(**contact):
    """Build the company of the access tests: a tree of teams, each role, a customer for each relation to them.

    `plans` has three for each relation: a `draft`, one `waiting` for its first decision, one `running`; see `plan_for`.
    Those of others have a clearing sheet, and an extension that is asked for.
    `tickets` has a complaint to be judged and one to be assigned for each relation but `lent`, see `ticket_for`.
    Everybody has an absence to come, has written a case and sees to a countermeasure, and offers a customer to somebody
    (`_make_offers`), took an inquiry and takes part in a dispute (`_make_inquiries`), is to hand over
    and has received something (`_make_handovers`). `pool` is one of 杭州组 alone.

    `people` by role: the representative and the supervisor work in 杭州组, the manager leads 华东; the others see all.
    `customers` by relation: owned by the person asked about (`own`, a dict by role), by a colleague of 杭州组 (`team`),
    in 上海组 (`subtree`, the manager's too), in 广州组 (`other`, and `lent` to each of `people`), by nobody (`pool`).
    Each has a contact, an open and a paid order, a call log with an addition, a picture and a check,
    a callback due today and a promise; that of the team a second log, not drawn yet. `contact` sets fields of every
    contact.
    """
    teams_ = _make_teams()
    people = _make_people(teams_)
    colleagues = SimpleNamespace(
        team=UserFactory(username="colleague", name="陈静", team=teams_.hangzhou),
        subtree=UserFactory(username="shanghai", name="赵磊", team=teams_.shanghai),
        other=UserFactory(username="guangzhou", name="黄敏", team=teams_.guangzhou),
    )
    customers = {"own": {role: _make_customer(f"{user.name}的客户", user, **contact) for role, user in people.items()}}
    for relation in ("team", "subtree", "other"):
        owner = getattr(colleagues, relation)
        customers[relation] = _make_customer(f"{owner.name}的客户", owner, **contact)
    customers["lent"] = _make_customer(f"{colleagues.other.name}借出的客户", colleagues.other, **contact)
    customers["pool"] = _make_customer("公海客户", None, **contact)
    _make_lists(people, customers)
    for customer in (*_owned(customers), customers["lent"]):
        ExtensionFactory(customer=customer)
        SheetFactory(customer=customer)
    CallLogFactory(customer=customers["team"], at=timezone.now() - dt.timedelta(minutes=5))
    _make_offers(people, colleagues, customers)
    _make_inquiries(people, colleagues, customers)
    _make_handovers(people, colleagues, customers)
    plans = _make_plans(people, colleagues, customers)
    _make_tasks(plans["running"].values(), customers)
    _make_absences([*people.values(), *vars(colleagues).values()])
    _make_lessons([*people.values(), *vars(colleagues).values()])
    return SimpleNamespace(
        teams=teams_,
        people=people,
        colleagues=colleagues,
        customers=customers,
        pool=Pool.objects.create(name="杭州池", team=teams_.hangzhou),
        plans=plans,
        tickets=_make_tickets(customers),
    )


def _make_offers(people, colleagues, customers):
    """Let everybody offer their customer to 黄敏; she offers one to the supervisor, and the lent one to 李伟."""
    receivers = {"other": people["supervisor"], "lent": people["representative"]}
    offered = [(customers[relation], receivers.get(relation, colleagues.other)) for relation in OFFERED]
    offered += [(customer, colleagues.other) for customer in customers["own"].values()]
    Transfer.objects.bulk_create(TransferFactory.build(customer=c, receiver=receiver) for c, receiver in offered)


def _make_inquiries(people, colleagues, customers):
    """Let everybody have taken an inquiry of a customer in 广州组, and somebody say of everybody's that it is theirs.

    That of 陈静 the representative says it of; of those in 广州组 whoever is of no team, of the others 黄敏.
    """
    everybody = [*people.values(), *vars(colleagues).values()]
    asked = [customers["team"] if person == colleagues.other else customers["other"] for person in everybody]
    Inquiry.objects.bulk_create(
        InquiryFactory.build(customer=c, by=person) for c, person in zip(asked, everybody, strict=True)
    )
    nobody = CallLog.objects.filter(customer=customers["pool"]).first().by
    claimed = dict.fromkeys((*customers["own"].values(), customers["subtree"]), colleagues.other)
    claimed |= {customers["team"]: people["representative"], customers["other"]: nobody}
    Dispute.objects.bulk_create(DisputeFactory.build(customer=c, claimant=person) for c, person in claimed.items())


def inquiry_for(world, role, relation):
    """Return the inquiry that whoever stands in `relation` to the person of `role` took."""
    return Inquiry.objects.get(by=world.people[role] if relation == "own" else getattr(world.colleagues, relation))


def _make_handovers(people, colleagues, customers):
    """Let everybody have a handover in draft, their customer to 李伟 (his to 陈静), opened by the director.

    And let everybody have received, from somebody of no team, a customer to be confirmed and a receivable that is
    missing.
    """
    mine = {person: customers["own"][role] for role, person in people.items()}
    mine |= {person: customers[relation] for relation, person in vars(colleagues).items()}
    representative, director = people[Role.REPRESENTATIVE], people[Role.DIRECTOR]
    run, gone = Run.objects.create(job="handover", by=director, status=Run.Status.DONE), UserFactory(name="何走")
    done = {"status": Handover.Status.DONE, "done_at": timezone.now(), "done_by": director, "run": run}
    for person, customer in mine.items():
        draft = Handover.objects.create(leaver=person, why=Handover.Why.WISH, opened_by=director)
        to = colleagues.team if person == representative else representative
        HandoverItemFactory(handover=draft, customer=customer, receiver=to)
        received = Handover.objects.create(leaver=gone, opened_by=director, **done)
        before = {"since": customer.owned_since}
        HandoverItemFactory(handover=received, customer=customer, receiver=person, status="moved", before=before)
        money = {"kind": "receivable", "source": customer.orders.first().pk, "amount": 1000, "follows": True}
        HandoverItemFactory(
            handover=received, customer=customer, receiver=person, status="missing", note="没有对账单", **money
        )


def handover_of(world, role, relation):
    """Return the draft of whoever stands in `relation` to the person of `role`."""
    return Handover.objects.get(leaver=_in_relation(world, role, relation))


def received_by(world, role, relation, status="moved"):
    """Return the thing that whoever stands in `relation` to the person of `role` received and that is in `status`."""
    return HandoverItem.objects.get(receiver=_in_relation(world, role, relation), status=status)


def _in_relation(world, role, relation):
    return world.people[role] if relation == "own" else getattr(world.colleagues, relation)


OFFERED = ("team", "subtree", "other", "lent")


def offer_to(world, role, relation):
    """Return the offer to the person of `role`, to the representative where they don't sell; or one among others."""
    customers = world.customers
    if relation != "own":
        return Transfer.objects.get(customer=customers["subtree"])
    return Transfer.objects.get(customer=customers["other" if role == "supervisor" else "lent"])


def _make_lessons(everybody):
    """Let everybody have written a case and see to a countermeasure."""
    Case.objects.bulk_create(CaseFactory.build(by=person) for person in everybody)
    Countermeasure.objects.bulk_create(MeasureFactory.build(owner=person, by=person) for person in everybody)


def _make_absences(everybody):
    """Let everybody be away for three days in a month: nobody stands in for anybody now."""
    since = timezone.localdate() + dt.timedelta(days=30)
    Absence.objects.bulk_create(AbsenceFactory.build(person=person, since=since, by=person) for person in everybody)


def _make_lists(people, customers):
    """Lend the one customer to everybody; put each of the others on a list of its own, done for the representative."""
    for person in people.values():
        LoanFactory(customer=customers["lent"], person=person)
    for customer in (*customers["own"].values(), customers["team"], customers["subtree"], customers["other"]):
        ListCallFactory(customer=customer, due_on=timezone.localdate() + dt.timedelta(days=5))
    done = {"status": Callback.Status.DONE, "closed_at": timezone.now()}
    Callback.objects.filter(customer__owner=people[Role.REPRESENTATIVE], call_list__isnull=False).update(**done)


def customer_for(world, role, relation):
    """Return the customer that stands in `relation` to the person of `role`."""
    found = world.customers[relation]
    return found[role] if relation == "own" else found


def absence_for(world, role, relation):
    """Return the absence of whoever stands in `relation` to the person of `role`."""
    person = world.people[role] if relation == "own" else getattr(world.colleagues, relation)
    return person.absences.get()


PLAN_STATES = ("draft", "waiting", "running")


def plan_for(world, role, relation, state="waiting"):
    """Return the plan whose author stands in `relation` to the person of `role`, in one of PLAN_STATES."""
    return world.plans[state][world.people[role].pk if relation == "own" else getattr(world.colleagues, relation).pk]


def _make_plans(people, colleagues, customers):
    """Make plans of everybody, each for a customer of theirs: rows as the verbs write them, but many at once.

    By state and the author's id. The waiting ones are seated: those of 华东 with its manager, the others above.
    """
    mine = {person: customers["own"][role] for role, person in people.items()}
    mine |= {person: customers[relation] for relation, person in vars(colleagues).items()}
    plans = {
        state: {person.pk: PlanFactory.build(author=person, name=f"{person.name}的方案{n}") for person in mine}
        for n, state in enumerate(PLAN_STATES, start=1)
    }
    everything = [plan for by_author in plans.values() for plan in by_author.values()]
    Plan.objects.bulk_create(everything)
    Goal.objects.bulk_create(Goal(plan=plan, measure=Goal.Measure.ORDERS, target=3) for plan in everything)
    Line.objects.bulk_create(
        Line(plan=plan, kind=Line.Kind.VISIT, what="上门拜访", unit_price=Decimal(1200)) for plan in everything
    )
    PlanCustomer.objects.bulk_create(PlanCustomer(plan=plan, customer=mine[plan.author]) for plan in everything)
    for plan in everything:
        plan.budget, plan.reach = Decimal(1200), 1
    _submit(plans["waiting"].values())
    _submit(plans["running"].values(), run=True)
    states = ("status", "position", "waiting_since", "approved_at", "approved", "chain", "version", "in_force")
    Plan.objects.bulk_update(everything, ["budget", "reach", *states])
    return plans


def _make_tasks(plans, customers):
    """Give the author of each plan a late task with a file."""
    of_owner = {customer.owner_id: customer for customer in (*customers["own"].values(), *_owned(customers))}
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    tasks = Task.objects.bulk_create(
        TaskFactory.build(plan=plan, line=None, customer=of_owner[plan.author_id], due_on=yesterday) for plan in plans
    )
    TaskFile.objects.bulk_create(
        TaskFile(task=task, name="签收单.pdf", kind="application/pdf", content=b"%PDF-1.7", by=task.person)
        for task in tasks
    )


def ticket_for(world, role, relation, status=Ticket.Status.RECEIVED):
    """Return the ticket in `status` whose customer stands in `relation` to the person of `role`."""
    return world.tickets[status, customer_for(world, role, relation).pk]


TICKET_STATES = (Ticket.Status.RECEIVED, Ticket.Status.JUSTIFIED)


def _make_tickets(customers):
    """Make complaints of each customer that is not lent, received and held by its owner; nobody took the pool's.

    By status, each of TICKET_STATES, and the customer's id. Rows as the verbs write them but for what other rooms hear
    of them: each is due in ten days and has a solution, an open action and a file.
    """
    due_on = timezone.localdate() + dt.timedelta(days=7)
    now, nobody = timezone.now(), CallLog.objects.filter(customer=customers["pool"]).first().by
    whose = [*customers["own"].values(), *_owned(customers), customers["pool"]]
    tickets = Ticket.objects.bulk_create(
        Ticket(
            number=f"2026-9{state}{n:04d}",
            status=status,
            subject="少了两箱",
            text="上一批货少了两箱，请尽快补发。",
            customer=customer,
            received_by=customer.owner,
            holder=customer.owner,
            first_due_at=now + dt.timedelta(days=9),
            due_at=now + dt.timedelta(days=10),
        )
        for state, status in enumerate(TICKET_STATES)
        for n, customer in enumerate(whose)
    )
    person_of = {ticket: ticket.holder or nobody for ticket in tickets}
    Step.objects.bulk_create(Step(ticket=ticket, verb="receive", by=ticket.received_by) for ticket in tickets)
    Solution.objects.bulk_create(
        Solution(ticket=ticket, text="补发两箱", benefit="两天到货", cost=120, by=person_of[ticket])
        for ticket in tickets
    )
    Action.objects.bulk_create(
        Action(ticket=ticket, text="补发", person=person, by=person, due_on=due_on)
        for ticket, person in person_of.items()
    )
    File.objects.bulk_create(
        File(ticket=ticket, name="照片.pdf", kind="application/pdf", content=b"%PDF-1.7") for ticket in tickets
    )
    return {(ticket.status, ticket.customer_id): ticket for ticket in tickets}


def _owned(customers):
    return [customers[relation] for relation in ("team", "subtree", "other")]


def _submit(plans, *, run=False):
    chain, now = Chain.current(), timezone.now()
    versions = Version.objects.bulk_create(
        Version(plan=plan, number=1, content=content.freeze(plan), budget=1200, turnover=0, reach=1, by=plan.author)
        for plan in plans
    )
    verbs = ("submit", "pass") if run else ("submit",)
    for plan, version in zip(plans, versions, strict=True):
        plan.chain, plan.version = chain, version
        if run:
            plan.status, plan.in_force, plan.approved, plan.approved_at = Plan.Status.RUNNING, version, 1200, now
        else:
            plan.status, plan.position, plan.waiting_since = Plan.Status.SUBMITTED, 1, now
    Decision.objects.bulk_create(
        Decision(plan=plan, version=plan.version, verb=verb, by=plan.author) for plan in plans for verb in verbs
    )
    if not run:
        Seat.objects.bulk_create(
            Seat(plan=plan, person_id=chair.person, stands_for_id=chair.stands_for, why=chair.why, since=now)
            for plan in plans
            for chair in seating.next_step(plan, after=0).chairs
        )


def _make_teams():
    hq = TeamFactory(name="总公司")
    east, south = TeamFactory(name="华东", parent=hq), TeamFactory(name="华南", parent=hq)
    return SimpleNamespace(
        hq=hq,
        east=east,
        south=south,
        hangzhou=TeamFactory(name="杭州组", parent=east),
        shanghai=TeamFactory(name="上海组", parent=east),
        guangzhou=TeamFactory(name="广州组", parent=south),
    )


def _make_people(teams_):
    places = {
        Role.REPRESENTATIVE: (teams_.hangzhou, "李伟"),
        Role.SUPERVISOR: (teams_.hangzhou, "王芳"),
        Role.MANAGER: (teams_.east, "周强"),
        Role.DIRECTOR: (teams_.hq, "吴总"),
        Role.FINANCE: (teams_.hq, "郑会计"),
        Role.ADMINISTRATOR: (teams_.hq, "孙工"),
    }
    people = {
        role.value: UserFactory(username=role.value, name=name, role=role, team=team)
        for role, (team, name) in places.items()
    }
    for team, role in ((teams_.hangzhou, Role.SUPERVISOR), (teams_.east, Role.MANAGER), (teams_.hq, Role.DIRECTOR)):
        team.head = people[role.value]
        team.save(update_fields=["head"])
    return people


def _make_customer(name, owner, **contact):
    today = timezone.localdate()
    since = today - dt.timedelta(days=20) if owner else None
    customer = CustomerFactory(name=name, owner=owner, owned_since=since)
    ContactFactory(customer=customer, **contact)
    seller = {"salesperson": owner} if owner else {}
    OrderFactory(customer=customer, **seller)
    OrderFactory(customer=customer, paid=True, ordered_on=today - dt.timedelta(days=5), **seller)
    if owner is None:  # the payment made whoever sold it the owner
        customer.put_in_pool(Stint.Reason.RELEASED, by=None)
        customer.save()
    log = CallLogFactory(customer=customer)
    LogAdditionFactory(log=log)
    LogPictureFactory(log=log)
    SpotCheckFactory(log=log, drawn_by=log.by)
    CallbackFactory(customer=customer)
    PromiseFactory(customer=customer)
    SiteVisitFactory(customer=customer)
    MessageFactory(contact=customer.contacts.first(), status=Message.Status.FAILED, error="550 no such mailbox")
    return customer
