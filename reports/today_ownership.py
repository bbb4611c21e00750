"""What Today says of whose customers are: what waits for the person, in one question (policy 1.7, 4.2, 4.6, 4.7).

Sheets to write before own customers go, extensions that their people ask for, offers to answer, inquiries that
they are responsible for until somebody is in contact with the customer, disputes to decide, things handed over to
confirm, and a night that stopped. Only sellers have a Today.
"""

import datetime as dt
from collections import namedtuple

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.dates import local_date, start_of
from crm.lib.prepared import Prepared
from customers.choices import Channel
from customers.models import Dispute
from customers.ownership import answering, nights
from reports.today import LATE, MOST, TODAY, Reason, Who, clipped, provide, short
from visits import inquiries

# A sheet that is missing so shortly before the customer goes is work of today.
SHEETS_WITHIN = dt.timedelta(days=3)
INQUIRIES_SHOWN = dt.timedelta(days=answering.OPEN_DAYS)
# A line that opens no customer has an id of its own below zero (see `reports.queue`), each kind apart from the others.
FROM = {
    kind: n * 1_000_000_000_000
    for n, kind in enumerate(("offer", "extension", "handover", "night", "dispute", "ownerless"), start=4)
}
Row = namedtuple("Row", "kind pk customer name grade person number text at")
# Own customers whose sheet came back, or that go within days without one that counts (`clearing.counts_from`).
SHEETS = """
    (SELECT 'sheet', c.id, c.id, c.name, c.grade, '', (k.status IS NOT NULL)::int, '', NULL::timestamptz
     FROM (SELECT id, name, grade, returns_on, (SELECT sheet_days FROM customers_poolrules ORDER BY id DESC LIMIT 1)
           FROM customers_customer WHERE owner_id = %(user)s) AS c (id, name, grade, returns_on, days)
     LEFT JOIN LATERAL (
         SELECT k.status FROM customers_clearingsheet k
         JOIN customers_stint s ON s.id = k.stint_id AND s.ended_at IS NULL
         WHERE k.customer_id = c.id AND (k.written_at AT TIME ZONE %(zone)s)::date >= c.returns_on - 2 * c.days
     ) AS k ON true
     WHERE c.returns_on <= %(today)s + c.days
       AND CASE WHEN k.status IS NULL THEN c.returns_on <= %(soon)s ELSE k.status = 'sent_back' END
     ORDER BY c.returns_on, c.id LIMIT %(most)s)
"""
# What people whom one leads ask for (`permissions.may_decide_extension`).
EXTENSIONS = """
    (SELECT 'extension', e.id, c.id, c.name, c.grade, o.name, e.days, e.reason, e.asked_at
     FROM staff_user me, customers_extension e
     JOIN customers_customer c ON c.id = e.customer_id
     JOIN staff_user o ON o.id = c.owner_id AND o.role = 'representative'
     WHERE me.id = %(user)s AND me.role = 'supervisor' AND e.status = 'asked' AND e.asked_by_id <> me.id
       AND o.team_id IN (SELECT t.id FROM staff_team t WHERE t.id = me.team_id OR t.head_id = me.id)
     ORDER BY e.asked_at, e.id LIMIT %(most)s)
"""
OFFERS = """
    (SELECT 'offer', t.id, c.id, c.name, c.grade, u.name, 0, t.reason, t.offered_at
     FROM customers_transfer t JOIN customers_customer c ON c.id = t.customer_id JOIN staff_user u ON u.id = t.sender_id
     WHERE t.receiver_id = %(user)s AND t.status = 'offered' ORDER BY t.offered_at, t.id LIMIT %(most)s)
"""
# Those of own customers, unless somebody tried in vain today; and what one took of customers that nobody owns yet
# (`Inquiry.responsible`): of these nobody reads the words, and the name only on the inquiry's page.
ANSWERED = ", ".join(f"'{outcome.value}'" for outcome in inquiries.ANSWERED)
OPEN = f"""
    i.at >= %(since)s AND NOT EXISTS (
        SELECT FROM visits_calllog l WHERE l.customer_id = i.customer_id AND l.at >= i.at AND l.outcome IN ({ANSWERED}))
"""
INQUIRIES = f"""
    (SELECT 'inquiry', c.id, c.id, c.name, c.grade, u.name, (u.id = %(user)s)::int, i.channel || ' ' || i.text, i.at
     FROM customers_inquiry i JOIN customers_customer c ON c.id = i.customer_id JOIN staff_user u ON u.id = i.by_id
     WHERE c.owner_id = %(user)s AND {OPEN}
       AND (c.last_contact_at IS NULL OR c.last_contact_at < GREATEST(i.at, %(began)s))
     ORDER BY i.at LIMIT %(most)s)
    UNION ALL
    (SELECT 'ownerless', i.id, NULL, '', '', '', 0, '', i.at
     FROM customers_inquiry i JOIN customers_customer c ON c.id = i.customer_id
     WHERE i.by_id = %(user)s AND c.owner_id IS NULL AND {OPEN}
     ORDER BY i.at LIMIT %(most)s)
"""  # noqa: S608 - constants only
DISPUTES = """
    (SELECT 'dispute', d.id, c.id, c.name, c.grade, u.name, 0, d.kind, d.at
     FROM customers_dispute d JOIN customers_customer c ON c.id = d.customer_id
     JOIN staff_user u ON u.id = d.claimant_id
     WHERE d.decided_at IS NULL AND %(user)s = ANY (d.asked) ORDER BY d.at LIMIT %(most)s)
"""
HANDOVERS = """
    (SELECT 'handover', h.id, NULL, u.name, '', u.name, i.number::int, '', h.done_at
     FROM (SELECT handover_id, count(*) AS number FROM customers_handoveritem
           WHERE receiver_id = %(user)s AND status = 'moved' GROUP BY 1) AS i
     JOIN customers_handover h ON h.id = i.handover_id AND h.status = 'done' JOIN staff_user u ON u.id = h.leaver_id
     ORDER BY h.done_at LIMIT %(most)s)
"""
NIGHT = f"""
    (SELECT 'night', r.id, NULL, r.business_date::text, '', '', (r.counts -> 'stopped' ->> 'due')::int, '', NULL
     FROM staff_user me, jobs_run r
     WHERE me.id = %(user)s AND me.role = 'supervisor' AND r.id = ({nights.WAITING}))
"""  # noqa: S608 - constants only
PARTS = (SHEETS, EXTENSIONS, OFFERS, INQUIRIES, DISPUTES, HANDOVERS, NIGHT)
TYPES = {
    "user": "bigint", "today": "date", "soon": "date", "since": "timestamptz", "began": "timestamptz", "most": "bigint",
    "zone": "text",
}  # fmt: skip
LINES = Prepared("today_ownership", "UNION ALL".join(PARTS), TYPES)


@provide
def whose_they_are(user, today):
    params = {"user": user.pk, "today": today, "soon": today + SHEETS_WITHIN, "most": MOST + 1}
    params |= {"since": start_of(today - INQUIRIES_SHOWN), "began": start_of(today), "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        LINES.execute(cursor, params)
        rows = map(Row._make, cursor.fetchall())
    for row in rows:
        yield SAY[row.kind](row, today)


def _page(row, view, *args, name="", anchor=""):
    """Return who a line is about that leads to a page of its own."""
    url = reverse(view, args=args) + anchor
    return Who(-(FROM[row.kind] + row.pk), name or row.name, row.grade, is_owned=False, url=url)


def _sheet(row, today):
    return Who(row.pk, row.name, row.grade), Reason(TODAY, today, "clipboard-text", _sheet_text(row.number))


def _extension(row, today):
    who = _page(row, "customers:extensions", anchor=f"#extension-{row.pk}")
    return who, Reason(TODAY, today, "hourglass", _extension_text(row.person, row.number, row.text))


def _offer(row, today):
    return _page(row, "customers:offers"), Reason(TODAY, today, "arrows-exchange", _offer_text(row.person, row.text))


def _inquiry(row, today):
    day, (channel, _space, text) = local_date(row.at), row.text.partition(" ")
    section = LATE if day < today else TODAY
    words = _own_inquiry_text(channel, text) if row.number else _inquiry_text(row.person, channel, text)
    return Who(row.pk, row.name, row.grade), Reason(section, day, "message-2", words)


def _ownerless(row, today):
    day = local_date(row.at)
    who = _page(row, "customers:inquiry", row.pk, name=_("Your inquiry of %(day)s") % {"day": short(day)})
    return who, Reason(LATE if day < today else TODAY, day, "message-2", _ownerless_text())


def _dispute(row, today):
    day = local_date(row.at)
    section = LATE if day < today else TODAY
    return _page(row, "customers:dispute", row.pk), Reason(section, day, "scale", _dispute_text(row.person, row.text))


def _handover(row, today):
    """One line per handover, due the day it was carried out: late from the next day on."""
    who = _page(row, "customers:handover", row.pk, name=_("Handed over to you by %(name)s") % {"name": row.person})
    return who, Reason(TODAY, local_date(row.at), "transfer", _handover_text(row.number))


def _night(row, today):
    who = _page(row, "customers:night", row.pk, name=_("Night of %(day)s") % {"day": row.name})
    return who, Reason(TODAY, today, "alert-triangle", _night_text(row.number))


SAY = {
    "sheet": _sheet,
    "extension": _extension,
    "offer": _offer,
    "inquiry": _inquiry,
    "ownerless": _ownerless,
    "dispute": _dispute,
    "handover": _handover,
    "night": _night,
}


# In words, made only for the lines that a page shows


def _say_sheet(is_back):
    if is_back:
        return _("Your clearing sheet came back: say what is unclear")
    return _("Write the clearing sheet before it goes")


def _say_extension(owner, days, reason):
    text = ngettext(
        "%(owner)s asks for %(days)d more day: %(reason)s", "%(owner)s asks for %(days)d more days: %(reason)s", days
    )
    return text % {"owner": owner, "days": days, "reason": clipped(reason, 60)}


def _say_offer(sender, reason):
    return _("%(person)s offers it to you: %(reason)s") % {"person": sender, "reason": clipped(reason, 80)}


def _say_inquiry(person, channel, text):
    words = {"channel": Channel(channel).label, "person": person, "text": clipped(text, 80)}
    return _("Asked by %(channel)s, %(person)s took it down: %(text)s") % words


def _say_own_inquiry(channel, text):
    words = {"channel": Channel(channel).label, "text": clipped(text, 80)}
    return _("Asked by %(channel)s, you took it down: %(text)s") % words


def _say_ownerless():
    return _("Nobody owns the customer: claim it, or see that somebody answers")


def _say_dispute(person, kind):
    words = {"person": person, "about": Dispute.Kind(kind).label}
    return _("%(person)s says that it is theirs (%(about)s): please decide") % words


def _say_handover(number):
    return ngettext("%(number)d thing to confirm", "%(number)d things to confirm", number) % {"number": number}


def _say_night(due):
    return _("It stopped, because %(due)d customers would go at once; a manager decides") % {"due": due}


_sheet_text, _extension_text, _offer_text, _inquiry_text, _dispute_text, _handover_text, _night_text = (
    lazy(say, str)
    for say in (
        _say_sheet, _say_extension, _say_offer, _say_inquiry, _say_dispute, _say_handover, _say_night,
    )
)  # fmt: skip
_own_inquiry_text, _ownerless_text = lazy(_say_own_inquiry, str), lazy(_say_ownerless, str)
