"""Tickets as customers have them: with a private link."""

import datetime as dt

from django.utils import timezone

from complaints import clocks, receiving, steps, thread
from complaints.models import Action, File, Solution, Ticket
from tests.factories import ContactFactory, CustomerFactory, TeamFactory, UserFactory

TEXT = {"subject": "少了两箱", "text": "上一批货少了两箱", "reporter": "张老板", "email": "zhang@example.cn"}


def private_ticket(*, status="", days=0, by=None, **fields) -> tuple[Ticket, str]:
    """Return a ticket that came by the form, and the key of its link; `days` ago it was closed, if it is."""
    ticket, key = receiving.receive(Ticket(**{"source": "form"} | TEXT | fields), by=by)
    if status:
        closed_at = timezone.now() - dt.timedelta(days=days) if status == "closed" else None
        ticket.status, ticket.closed_at = status, closed_at
        clocks.set_due(ticket)
        ticket.save()
    return ticket, key


def answered_ticket():
    """Return the key of a ticket on its way, the marks of what its customer must not read, and what they read."""
    team = TeamFactory(name="鹳组")
    names = {"holder": "鹤经办", "boss": "鹰主管", "owner": "鹭客户经理"}
    holder, owner = (UserFactory(name=names[name], team=team) for name in ("holder", "owner"))
    boss = UserFactory(name=names["boss"], team=team, supervisor=True)
    customer = CustomerFactory(name="鸿运布行", owner=owner)
    ContactFactory(customer=customer, email=TEXT["email"], name="鸽联系人")
    ticket, key = private_ticket(customer=customer)
    steps.take(ticket, by=boss)
    steps.take(ticket, by=holder)
    steps.judge(ticket, is_justified=True, is_reasonable=True, answer="", by=holder)
    day = timezone.localdate() + dt.timedelta(days=2)
    steps.assign(ticket, department="warehouse", person=holder, promised_on=day, by=holder)
    steps.investigate(ticket, cause="mistake", found="鹧内查", expectation="鸪期望", by=holder)
    cheap = steps.propose(ticket, Solution(text="鹃方案", cost="98765.43", benefit="鹂好处"), by=holder)
    steps.put_forward(ticket, by=holder)
    steps.choose(ticket, cheap, direction="鹏指示", by=boss)
    Action.objects.create(ticket=ticket, text="鸦处分", kind="consequence", person=holder, due_on=day, by=boss)
    thread.note(ticket, "鹊内部话", people=[boss], by=holder)
    secret = File(name="鸥内部.pdf", kind="application/pdf", content=b"%PDF-")
    thread.note(ticket, "附件", files=[secret], by=holder)
    thread.answer(ticket, "今天补发两箱", by=holder)
    thread.hear(ticket, "收到，谢谢")
    other, _key = private_ticket(subject="鹦别家", text="鹉别家", email="other@example.cn", parent=ticket)
    marks = [
        *names.values(), "鹳组", "鸿运布行", "鸽联系人", "鹧内查", "鸪期望", "鹃方案", "98765", "鹂好处", "鹏指示",
        "鸦处分", "鹊内部话", "鸥内部", "鹦别家", "鹉别家", other.number, "warehouse", "mistake",
    ]  # fmt: skip
    return key, marks, ["今天补发两箱", "收到，谢谢", TEXT["text"], ticket.number, f"{day:%Y-%m-%d}"]
