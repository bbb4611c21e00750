"""Who may do what at each address, as data. The matrix asks every cell of it; an address without a rule fails.

A rule says, per method, what a role gets at an object that stands in a relation to the person: its row in `Outcome`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from staff.roles import Role
from tests.access import payloads

REP, SUPERVISOR, MANAGER, DIRECTOR, FINANCE, ADMINISTRATOR = (role.value for role in Role)
ROLES = (REP, SUPERVISOR, MANAGER, DIRECTOR, FINANCE, ADMINISTRATOR)
SELLERS = {REP, SUPERVISOR}
LEADERS = {SUPERVISOR, MANAGER, DIRECTOR, ADMINISTRATOR}
MONEY = {FINANCE, ADMINISTRATOR}
DRAFTERS = {SUPERVISOR, MANAGER, DIRECTOR}
EVERYBODY = {DIRECTOR, ADMINISTRATOR}

OWN, TEAM, SUBTREE, OTHER, LENT, POOL, ABSENT = "own", "team", "subtree", "other", "lent", "pool", "absent"
RELATIONS = {
    "none": (OWN,),
    "customer": (OWN, TEAM, SUBTREE, OTHER, LENT, POOL, ABSENT),
    "contact": (OWN, TEAM, SUBTREE, OTHER, LENT, POOL, ABSENT),
    "order": (OWN, TEAM, SUBTREE, OTHER, LENT, POOL, ABSENT),
    "paid_order": (OWN, TEAM, SUBTREE, OTHER, LENT, POOL, ABSENT),
    "call_list": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "list_call": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "callback": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "promise": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "log": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "picture": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "check": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "site": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "message": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "script": (OWN, ABSENT),
    "text": (OWN, ABSENT),
    "rule": (OWN, ABSENT),
    "cadence": (OWN, ABSENT),
    "plan": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # waits for its first decision
    "plan_draft": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "plan_running": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "plan_version": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "plan_paper": (OWN, OTHER, ABSENT),  # each is half a second of drawing; sight is that of the plan
    "absence": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "task": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # open, late, of the plan that runs
    "task_file": (OWN, TEAM, SUBTREE, OTHER, ABSENT),
    "ticket": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),  # to be judged; nobody has taken the pool's
    "ticket_step": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "ticket_form": (OWN, OTHER, POOL, ABSENT),  # the page of a ticket with a form open: sight is that of the page
    "ticket_justified": (OWN, OTHER, POOL, ABSENT),
    "ticket_paper": (OWN, OTHER, ABSENT),  # each is drawn; sight is that of the ticket
    "ticket_file": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "solution": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "action": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),  # of the ticket's holder
    "case": (OWN, OTHER, ABSENT),  # written by
    "measure": (OWN, OTHER, ABSENT),  # seen to by
    "inquiry": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # taken by
    "dispute": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # about a customer of
    "handover": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # a draft, by who hands over
    "handover_done": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # by who received, of somebody of no team
    "handover_paper": (OWN, OTHER, ABSENT),  # each is drawn
    "handover_item": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # by who received it and may confirm it
    "handover_missing": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # by who misses it
    "offer": (OWN, TEAM, SUBTREE, OTHER, ABSENT),  # by its sender
    "offer_in": (OWN, OTHER, ABSENT),  # to the person where they sell, else to the representative; among others
    "run": (OWN, OTHER, ABSENT),
    "night": (OWN, ABSENT),  # stopped, and waits; whoever may see nights sees all
    "returned": (OWN, ABSENT),  # a return by hand, of the customer in the pool
    "pool_row": (OWN, ABSENT),  # an empty one of 上海组
    "person": (OWN, OTHER, ABSENT),
    "team": (OWN, OTHER, ABSENT),
    "link": (ABSENT,),
    "key": (ABSENT,),
    "key_file": (ABSENT,),
}


class Outcome(Enum):
    OK = "allowed: 2xx, 3xx or a form with errors"
    DENIED = "403 may not"
    HIDDEN = "404 cannot see"
    LATE = "409 too late"
    LOGIN = "to the sign-in page"
    NOT_ALLOWED = "405 no such method here"


OK, DENIED, HIDDEN, LATE, LOGIN, NOT_ALLOWED = Outcome

Ask = Callable[[str, str], Outcome]


@dataclass(frozen=True)
class Rule:
    """`data` makes a valid payload of (world, role, object); the POSTs it makes must write when they are allowed."""

    kind: str = "none"
    get: Ask | None = None
    post: Ask | None = None
    data: Callable | None = None


def everybody(role, relation):
    return OK


def only(roles):
    return lambda role, relation: OK if role in roles else DENIED


def nobody_finds(role, relation):
    return HIDDEN


# Sight: whose customers a role sees, in the world of `factories.make_world`

SEEN = {
    REP: {OWN, LENT, POOL},
    SUPERVISOR: {OWN, TEAM, LENT, POOL},
    MANAGER: {OWN, TEAM, SUBTREE, LENT, POOL},
    DIRECTOR: {OWN, TEAM, SUBTREE, OTHER, LENT, POOL},
    FINANCE: {OWN, TEAM, SUBTREE, OTHER, LENT, POOL},
    ADMINISTRATOR: {OWN, TEAM, SUBTREE, OTHER, LENT, POOL},
}


def sees(role, relation):
    return OK if relation in SEEN[role] else HIDDEN


def if_seen(may):
    """404 for what is out of sight, else 403 unless `may(role, relation)`."""
    return lambda role, relation: HIDDEN if relation not in SEEN[role] else OK if may(role, relation) else DENIED


def leads_owner(role, relation):
    """Whoever has a customer only lent neither edits it nor writes its orders."""
    return relation != POOL and (relation != LENT or role in EVERYBODY)


works_with = if_seen(lambda role, relation: role != FINANCE and leads_owner(role, relation))
logs_with = if_seen(lambda role, relation: role != FINANCE and relation != POOL)
writes_orders = if_seen(lambda role, relation: role in MONEY or leads_owner(role, relation))


def reads_contacts(role, relation):
    return HIDDEN if role == FINANCE or relation == POOL else sees(role, relation)


def edits_contacts(role, relation):
    return DENIED if relation == LENT and role not in EVERYBODY | {FINANCE} else reads_contacts(role, relation)


owns = if_seen(lambda role, relation: role != FINANCE and relation == OWN)
leads = if_seen(
    lambda role, relation: role in LEADERS and relation not in {OWN, POOL} and (relation != LENT or role in EVERYBODY)
)


def locks(role, relation):
    """Not the supervisor's."""
    return DENIED if role == SUPERVISOR and leads(role, relation) is OK else leads(role, relation)


def decides_extension(role, relation):
    """What the customers of others ask for in the world; with one in the pool it lapsed."""
    if role not in LEADERS:
        return DENIED
    return LATE if relation == POOL else leads(role, relation)


def claims(role, relation):
    if relation not in SEEN[role]:
        return HIDDEN
    return DENIED if role not in SELLERS else OK if relation == POOL else LATE


gives_customer = if_seen(lambda role, relation: role in LEADERS and (relation != LENT or role in EVERYBODY))


def moves_pool(role, relation):
    leads = if_seen(lambda role, relation: role in LEADERS)(role, relation)
    return LATE if leads is OK and relation != POOL else leads


def withdraws(role, relation):
    """Those of 广州组 are to the supervisor: who leads the receiver alone sees them, and no more."""
    if relation == OTHER and role in {SUPERVISOR, MANAGER}:
        return DENIED
    return HIDDEN if role == FINANCE else sees(role, relation)


def sees_inquiry(role, relation):
    """Whoever took it, and who leads them."""
    return HIDDEN if role == FINANCE else sees(role, relation)


def disputes(role, relation):
    """By one's own inquiry alone, and who can own customers."""
    may = relation == OWN and role in SELLERS
    return sees_inquiry(role, relation) if may or sees_inquiry(role, relation) is HIDDEN else DENIED


def sees_dispute(role, relation):
    """Both who take part and who leads one of them; the representative says of that of the team that it is theirs."""
    return OK if (role, relation) == (REP, TEAM) else sees_inquiry(role, relation)


def decides_dispute(role, relation):
    """Who leads both and takes no part: of the team's its supervisor; of the others one is in 广州组 or in no team."""
    leads_both = role in EVERYBODY or (role in LEADERS and relation == TEAM)
    may = leads_both and relation != OWN
    return sees_dispute(role, relation) if may or sees_dispute(role, relation) is HIDDEN else DENIED


def sees_handover(role, relation):
    """A draft is seen by who leads them alone, one's own by the administrator alone; whoever sees it hands over."""
    if role not in LEADERS or (relation == OWN and role != ADMINISTRATOR):
        return HIDDEN
    return sees(role, relation)


def sees_received(role, relation):
    """Whoever received it, and who sees everybody: the leaver of the world is of no team."""
    if relation == ABSENT or (relation != OWN and role not in EVERYBODY | {FINANCE}):
        return HIDDEN
    return OK


def confirms_received(role, relation):
    return DENIED if sees_received(role, relation) is OK and relation != OWN else sees_received(role, relation)


def leads_leaver(role, relation):
    """Supplying what is missing, undoing: the director opened it, and sees everybody."""
    return DENIED if sees_received(role, relation) is OK and role not in EVERYBODY else sees_received(role, relation)


def answers(role, relation):
    """The receiver alone; whoever leads them sees the offer."""
    if role == FINANCE or relation == ABSENT or (relation == OTHER and role in SELLERS):
        return HIDDEN
    return OK if relation == OWN and role in SELLERS else DENIED


def sees_order(role, relation):
    """An order of a customer in the pool is seen with its salesperson, here somebody of no team; none of one lent."""
    return relation in SEEN[role] and (relation not in {LENT, POOL} or role in {DIRECTOR, FINANCE, ADMINISTRATOR})


def confirms(role, relation):
    return HIDDEN if not sees_order(role, relation) else OK if role in MONEY else DENIED


def has_due(role, relation):
    """What is due of a customer is its owner's to put off: whoever leads them has nothing due there."""
    return LATE if logs_with(role, relation) is OK and relation != OWN else logs_with(role, relation)


def keeps(role, relation):
    """A promise on a customer in the pool is seen with whoever stands for it, here somebody of no team."""
    return OK if role != FINANCE and sees_order(role, relation) else HIDDEN


def works_on_callback(role, relation):
    return DENIED if keeps(role, relation) is OK and relation == POOL else keeps(role, relation)


def corrects(role, relation):
    """The logs of the world were written by their customers' owners, those of the pool by somebody of no team."""
    return DENIED if keeps(role, relation) is OK and relation != OWN else keeps(role, relation)


def sees_check(role, relation):
    """Leaders only, and nobody the check of a log of their own."""
    return DENIED if role not in LEADERS else HIDDEN if relation == OWN else keeps(role, relation)


def checks(role, relation):
    return LATE if sees_check(role, relation) is OK and relation == POOL else sees_check(role, relation)


def writes_scripts(role, relation):
    return DENIED if role not in LEADERS else HIDDEN if relation == ABSENT else OK


def sees_list(role, relation):
    """The lists of the world were drawn by a director, of one customer each."""
    return DENIED if role == FINANCE else sees(role, relation)


def gives(role, relation):
    return DENIED if role not in LEADERS else sees(role, relation)


def sees_run(role, relation):
    return OK if relation == OWN or (relation == OTHER and role == ADMINISTRATOR) else HIDDEN


def administers(role, relation):
    """403 for everybody else, whether or not there is such a row."""
    return DENIED if role != ADMINISTRATOR else HIDDEN if relation == ABSENT else OK


def sees_night(role, relation):
    return DENIED if role not in LEADERS else HIDDEN if relation == ABSENT else OK


def decides_night(role, relation):
    return sees_night(role, relation) if role != SUPERVISOR else DENIED


def sees_site(role, relation):
    """A visit to a customer in the pool shows, masked, to whoever sees everybody's."""
    return HIDDEN if role == FINANCE or (relation == POOL and role not in EVERYBODY) else sees(role, relation)


def moves_site(role, relation):
    """A verb that comes after the customer went to the pool hears so, whoever sees the pool."""
    return HIDDEN if role == FINANCE else LATE if relation == POOL else sees(role, relation)


def retries(role, relation):
    """The message to the customer in the pool is somebody's of no team."""
    return DENIED if relation == POOL and role in EVERYBODY else sees_site(role, relation)


# Plans: each author of the world has a draft, one that waits and one that runs; sight is that of the author


def writes_plan(role, relation):
    """The author alone: verbs of theirs."""
    return DENIED if sees(role, relation) is OK and relation != OWN else sees(role, relation)


def late_for_author(role, relation):
    """A verb of the author's that the plan or task as it stands has no room for."""
    return LATE if writes_plan(role, relation) is OK else writes_plan(role, relation)


def hands_on(role, relation):
    """The author, and whoever stands above them."""
    above = role in {MANAGER, DIRECTOR, ADMINISTRATOR} or relation == OWN
    return DENIED if sees(role, relation) is OK and not above else sees(role, relation)


def copies(role, relation):
    return sees(role, relation) if role in DRAFTERS else DENIED


def guides(role, relation):
    """Whoever stands above the author; here there is no report yet."""
    above = role in {MANAGER, DIRECTOR, ADMINISTRATOR} and relation != OWN
    return DENIED if sees(role, relation) is OK and not above else LATE if sees(role, relation) is OK else HIDDEN


def decides(role, relation):
    """Those of 华东 wait for its manager, the others for the director; nobody decides on their own."""
    seat = MANAGER if relation in {TEAM, SUBTREE} else DIRECTOR if relation == OTHER else ""
    return DENIED if sees(role, relation) is OK and role != seat else sees(role, relation)


# Tickets: complaints to be judged, received and held by the customer's owner; what nobody has taken is every leader's


def sees_ticket(role, relation):
    return HIDDEN if role == FINANCE or (relation == POOL and role not in LEADERS) else sees(role, relation)


def works_on_ticket(role, relation):
    """Whoever holds it, and who leads them."""
    return sees_ticket(role, relation)


def late_for_ticket(role, relation):
    """A verb that the ticket as it stands has no room for."""
    return LATE if works_on_ticket(role, relation) is OK else works_on_ticket(role, relation)


def reads_case(role, relation):
    """Everybody but finance, whoever wrote it."""
    return DENIED if role == FINANCE else HIDDEN if relation == ABSENT else OK


def changes_case(role, relation):
    """Its author and leaders; the same for whoever sees to a countermeasure."""
    return reads_case(role, relation) if role in LEADERS or relation in {OWN, ABSENT} else DENIED


# Absences are to come, of everybody; leaders change those of the people in their sight

changes_absence = if_seen(lambda role, relation: role in LEADERS or relation == OWN)

RULES = {
    "healthz": Rule(get=everybody),
    "reports:home": Rule(get=everybody),
    "reports:today": Rule(get=only(SELLERS)),
    "reports:dashboard": Rule(get=everybody),
    "reports:pool_moves": Rule(get=only(set(ROLES) - {FINANCE})),
    "reports:ownership": Rule(get=only(LEADERS)),
    "reports:ownership_rows": Rule(get=only(LEADERS)),
    "reports:owned": Rule(get=only(LEADERS)),
    "reports:owned_rows": Rule(get=only(LEADERS)),
    "reports:owned_export": Rule(get=only(LEADERS)),
    "reports:welcome": Rule("key", get=nobody_finds, post=nobody_finds),
    "staff:login": Rule(get=everybody, post=everybody),
    "staff:logout": Rule(post=everybody),
    "staff:password_change": Rule(get=everybody, post=everybody),
    "staff:password_reset": Rule(get=everybody, post=everybody),
    "staff:password_reset_confirm": Rule("link", get=everybody, post=everybody),
    "staff:language": Rule(post=everybody, data=lambda world, role, target: {"language": "zh-hans"}),
    "staff:person_list": Rule(get=only({ADMINISTRATOR})),
    "staff:person_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.person),
    "staff:person_edit": Rule("person", get=administers, post=administers, data=payloads.edited_person),
    "staff:person_password": Rule("person", get=administers, post=administers),
    "staff:team_list": Rule(get=only({ADMINISTRATOR})),
    "staff:team_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.team),
    "staff:team_edit": Rule("team", get=administers, post=administers, data=payloads.team),
    "staff:team_delete": Rule(
        "team", post=lambda role, relation: LATE if administers(role, relation) is OK else administers(role, relation)
    ),
    "staff:absence_list": Rule(get=everybody),
    "staff:absence_add": Rule(get=everybody, post=everybody, data=payloads.absence),
    "staff:absence_edit": Rule("absence", get=changes_absence, post=changes_absence, data=payloads.absence),
    "staff:absence_end": Rule("absence", post=changes_absence),
    "staff:calendar": Rule(get=only({ADMINISTRATOR})),
    "staff:day_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.day_off),
    "staff:hours_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.hours),
    "customers:list": Rule(get=everybody),
    "customers:add": Rule(get=only(LEADERS | SELLERS), post=only(LEADERS | SELLERS), data=payloads.new_customer),
    "customers:search": Rule(get=everybody),
    "customers:import": Rule(get=only(LEADERS), post=only(LEADERS)),
    "customers:detail": Rule("customer", get=sees),
    "customers:edit": Rule("customer", get=works_with, post=works_with, data=payloads.edited_customer),
    "customers:claim": Rule("customer", post=claims, data=lambda world, role, target: {}),
    "customers:release": Rule("customer", get=works_with, post=works_with, data=payloads.released),
    "customers:claim_many": Rule(post=only(SELLERS), data=payloads.claims),
    "customers:assign": Rule("customer", get=gives_customer, post=gives_customer, data=payloads.assigned),
    "customers:assign_many": Rule(post=only(LEADERS), data=payloads.assigned_many),
    "customers:offer": Rule("customer", get=works_with, post=works_with, data=payloads.offered),
    "customers:offer_many": Rule(post=only(set(ROLES) - {FINANCE}), data=payloads.offered_many),
    "customers:move": Rule("customer", get=moves_pool, post=moves_pool, data=payloads.moved),
    "customers:move_many": Rule(post=only(LEADERS), data=payloads.moved_many),
    "customers:offers": Rule(get=only(set(ROLES) - {FINANCE})),
    "customers:offer_accept": Rule("offer_in", post=answers, data=lambda world, role, target: {}),
    "customers:offer_decline": Rule(
        "offer_in", get=answers, post=answers, data=lambda world, role, target: {"note": "忙不过来"}
    ),
    "customers:offer_withdraw": Rule("offer", post=withdraws, data=lambda world, role, target: {}),
    "customers:leaving": Rule(get=only(set(ROLES) - {FINANCE})),
    "customers:extend": Rule("customer", get=owns, post=owns, data=payloads.extension),
    "customers:extensions": Rule(get=only(LEADERS)),
    "customers:extension_decide": Rule(
        "customer", post=decides_extension, data=lambda world, role, target: {"verb": "grant"}
    ),
    "customers:extensions_decide": Rule(post=only(LEADERS)),
    "customers:lock": Rule("customer", get=locks, post=locks, data=payloads.lock),
    "customers:unlock": Rule(
        "customer", post=lambda role, relation: LATE if locks(role, relation) is OK else locks(role, relation)
    ),
    "customers:sheet": Rule("customer", get=works_with, post=owns, data=payloads.sheet),
    "customers:sheet_back": Rule("customer", post=leads, data=payloads.unclear_sheet),
    "customers:sheet_clear": Rule("customer", post=leads, data=payloads.seen_sheet),
    "customers:contact_add": Rule("customer", get=works_with, post=works_with, data=payloads.contact),
    "customers:contact_edit": Rule("contact", get=edits_contacts, post=edits_contacts, data=payloads.contact),
    "customers:contact_delete": Rule("contact", post=edits_contacts, data=lambda world, role, target: {}),
    "customers:pool": Rule(get=everybody),
    "customers:nights": Rule(get=only(LEADERS)),
    "customers:night": Rule("night", get=sees_night),
    "customers:night_let_go": Rule("night", post=decides_night, data=lambda world, role, target: {}),
    "customers:night_undo": Rule("returned", post=decides_night, data=lambda world, role, target: {}),
    "customers:rules": Rule(get=only(LEADERS)),
    "customers:rules_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.pool_rules),
    "customers:pools": Rule(get=only(LEADERS)),
    "customers:pool_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.new_pool),
    "customers:pool_edit": Rule("pool_row", get=administers, post=administers, data=payloads.renamed_pool),
    "customers:pool_move": Rule("pool_row", get=administers, post=administers, data=payloads.emptied_pool),
    "customers:pool_close": Rule("pool_row", post=administers, data=lambda world, role, target: {}),
    "customers:inquiries": Rule(get=only(set(ROLES) - {FINANCE})),
    "customers:inquiry_add": Rule(
        get=only(set(ROLES) - {FINANCE}), post=only(set(ROLES) - {FINANCE}), data=payloads.inquiry
    ),
    "customers:inquiry": Rule("inquiry", get=sees_inquiry),
    "customers:dispute_add": Rule("inquiry", get=disputes, post=disputes, data=payloads.reason),
    "customers:disputes": Rule(get=only(set(ROLES) - {FINANCE})),
    "customers:dispute": Rule("dispute", get=sees_dispute),
    "customers:dispute_decide": Rule("dispute", get=decides_dispute, post=decides_dispute, data=payloads.decided),
    "customers:handovers": Rule(get=everybody),
    "customers:handover_add": Rule(get=only(LEADERS), post=only(LEADERS), data=payloads.handover),
    "customers:handover": Rule("handover", get=sees_handover, post=sees_handover, data=payloads.by_hand),
    "customers:handover_split": Rule("handover", get=sees_handover, post=sees_handover, data=payloads.split),
    "customers:handover_carry_out": Rule(
        "handover", get=sees_handover, post=sees_handover, data=lambda world, role, target: {}
    ),
    "customers:handover_drop": Rule("handover", post=sees_handover, data=lambda world, role, target: {}),
    "customers:handover_undo": Rule("handover_done", post=leads_leaver, data=lambda world, role, target: {}),
    "customers:handover_confirm": Rule("handover_done", post=confirms_received, data=lambda *_of: {"all": "1"}),
    "customers:handover_paper": Rule("handover_paper", get=sees_received),
    "customers:handover_missing": Rule(
        "handover_item", get=confirms_received, post=confirms_received, data=payloads.note
    ),
    "customers:handover_supply": Rule(
        "handover_missing", get=leads_leaver, post=leads_leaver, data=lambda world, role, target: {"text": "已附"}
    ),
    "customers:standard": Rule(get=everybody),
    "customers:standard_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.standard),
    "sales:list": Rule(get=everybody),
    "sales:import": Rule(get=only(MONEY), post=only(MONEY)),
    "sales:confirm": Rule("order", post=confirms, data=payloads.confirmation),
    "sales:reverse": Rule("paid_order", get=confirms, post=confirms, data=payloads.reversal),
    "sales:add": Rule("customer", get=writes_orders, post=writes_orders, data=payloads.order),
    "visits:list": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:open": Rule("customer", get=logs_with),
    "visits:add": Rule("customer", get=logs_with, post=logs_with, data=payloads.call),
    "visits:callback_add": Rule("customer", get=logs_with, post=logs_with, data=payloads.planned),
    "visits:callback_move": Rule("callback", get=works_on_callback, post=works_on_callback, data=payloads.next_day),
    "visits:callback_skip": Rule("callback", get=works_on_callback, post=works_on_callback, data=payloads.reason),
    "visits:snooze": Rule("customer", get=logs_with, post=has_due, data=lambda world, role, target: {"days": "1"}),
    "visits:skip": Rule("customer", get=logs_with, post=has_due, data=payloads.reason),
    "visits:lists": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:list_add": Rule(get=only(LEADERS), post=only(LEADERS), data=payloads.list),
    "visits:list_detail": Rule("call_list", get=sees_list),
    "visits:list_give": Rule("list_call", get=gives, post=gives, data=payloads.given),
    "visits:coverage": Rule(get=only(LEADERS)),
    "visits:month": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:month_export": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:comment_add": Rule(get=only(LEADERS), post=only(LEADERS), data=payloads.comment),
    "visits:promises": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:promise_keep": Rule("promise", get=keeps, post=keeps, data=lambda world, role, target: {"note": "送到了"}),
    "visits:promise_renegotiate": Rule("promise", get=keeps, post=keeps, data=payloads.next_day),
    "visits:promise_hand_on": Rule("promise", get=keeps, post=keeps, data=payloads.handed_on),
    "visits:detail": Rule("log", get=keeps),
    "visits:correct": Rule("log", get=corrects, post=corrects, data=payloads.correction),
    "visits:addition_add": Rule("log", post=works_on_callback, data=payloads.addition),
    "visits:picture": Rule("picture", get=reads_contacts),
    "visits:checks": Rule(
        get=only(LEADERS), post=only(LEADERS), data=lambda world, role, target: {"number": 1, "days": 7}
    ),
    "visits:check": Rule("check", get=sees_check, post=checks, data=payloads.check),
    "visits:sites": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:site_add": Rule("customer", get=works_with, post=works_with, data=payloads.site),
    "visits:site_detail": Rule("site", get=sees_site),
    "visits:site_edit": Rule("site", post=moves_site, data=payloads.site),
    "visits:site_finish": Rule("site", post=moves_site, data=payloads.finished_site),
    "visits:site_cancel": Rule("site", post=moves_site, data=payloads.reason),
    "visits:messages": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:messages_add": Rule(
        get=only(set(ROLES) - {FINANCE}), post=only(set(ROLES) - {FINANCE}), data=payloads.mailing
    ),
    "visits:message_add": Rule("customer", get=logs_with, post=logs_with, data=payloads.message),
    "visits:message_retry": Rule("message", post=retries, data=lambda world, role, target: {}),
    "visits:scripts": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:script_edit": Rule("script", get=writes_scripts, post=writes_scripts, data=payloads.script),
    "visits:text_add": Rule(get=only(LEADERS), post=only(LEADERS), data=payloads.text),
    "visits:text_edit": Rule("text", get=writes_scripts, post=writes_scripts, data=payloads.text),
    "visits:calendar": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:feed": Rule(
        get=only(set(ROLES) - {FINANCE}),
        post=only(set(ROLES) - {FINANCE}),
        data=lambda world, role, target: {"do": "make"},
    ),
    "visits:feed_file": Rule("key", get=nobody_finds),
    "visits:rules": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:rule_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.rule),
    "visits:rule_edit": Rule("rule", get=administers, post=administers, data=payloads.rule),
    "visits:cadence_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.cadence),
    "visits:cadence_edit": Rule("cadence", get=administers, post=administers, data=payloads.cadence),
    "complaints:desk": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.desk),
    "complaints:public": Rule(get=everybody, post=everybody),
    "complaints:received": Rule(get=everybody),
    "complaints:link": Rule("key", get=nobody_finds, post=nobody_finds),
    "complaints:link_satisfied": Rule("key", post=nobody_finds),
    "complaints:link_file": Rule("key_file", get=nobody_finds),
    "complaints:add": Rule(
        get=only(set(ROLES) - {FINANCE}), post=only(set(ROLES) - {FINANCE}), data=payloads.new_ticket
    ),
    "complaints:detail": Rule("ticket", get=sees_ticket),
    "complaints:step": Rule("ticket_step", get=works_on_ticket, post=works_on_ticket, data=payloads.judgement),
    "complaints:assign": Rule("ticket_justified", get=works_on_ticket, post=works_on_ticket, data=payloads.responsible),
    "complaints:note": Rule("ticket_form", get=sees_ticket, post=sees_ticket, data=payloads.ticket_note),
    "complaints:action_add": Rule("ticket_form", get=works_on_ticket, post=works_on_ticket, data=payloads.action),
    "complaints:action_done": Rule("action", post=works_on_ticket, data=lambda world, role, target: {"result": "好了"}),
    "complaints:match": Rule("ticket_form", get=works_on_ticket, post=works_on_ticket, data=payloads.matched),
    "complaints:link_to": Rule("ticket_form", get=works_on_ticket, post=works_on_ticket, data=payloads.linked),
    "complaints:file": Rule("ticket_file", get=sees_ticket),
    "complaints:queue": Rule(get=only(set(ROLES) - {FINANCE})),
    "complaints:board": Rule(get=only(set(ROLES) - {FINANCE})),
    "complaints:mentions": Rule(get=only(set(ROLES) - {FINANCE}), post=only(set(ROLES) - {FINANCE})),
    "complaints:learn": Rule(get=only(set(ROLES) - {FINANCE})),
    "complaints:measures": Rule(get=only(set(ROLES) - {FINANCE})),
    "complaints:measure_add": Rule(get=only(LEADERS), post=only(LEADERS), data=payloads.measure),
    "complaints:measure_done": Rule(
        "measure", get=changes_case, post=changes_case, data=lambda world, role, target: {"result": "漏装减半"}
    ),
    "complaints:cases": Rule(get=only(set(ROLES) - {FINANCE})),
    "complaints:case": Rule("case", get=reads_case),
    "complaints:case_edit": Rule("case", get=changes_case, post=changes_case, data=payloads.case),
    "complaints:case_add": Rule("ticket", get=late_for_ticket, post=late_for_ticket, data=payloads.case),
    "complaints:paper": Rule("ticket_paper", get=sees_ticket),
    "plans:list": Rule(get=everybody),
    "plans:board": Rule(get=everybody),
    "plans:of_customer": Rule("customer", get=sees),
    "plans:add": Rule(get=only(DRAFTERS), post=only(DRAFTERS), data=payloads.new_plan),
    "plans:edit": Rule("plan_draft", get=writes_plan, post=writes_plan, data=payloads.wording),
    "plans:customers": Rule("plan_draft", get=sees, post=writes_plan, data=payloads.members),
    "plans:people": Rule("plan_draft", get=writes_plan, post=writes_plan, data=lambda world, role, target: {}),
    "plans:copy": Rule("plan", post=copies, data=payloads.token),
    "plans:template": Rule("plan_running", post=hands_on, data=lambda world, role, target: {"on": "1"}),
    "plans:hand_on": Rule("plan", get=hands_on, post=hands_on, data=payloads.new_author),
    "plans:drop": Rule("plan_draft", post=writes_plan, data=lambda world, role, target: {}),
    "plans:inbox": Rule(get=only(LEADERS | {FINANCE})),
    "plans:decide_many": Rule(post=only(LEADERS | {FINANCE})),
    "plans:chain": Rule(get=everybody),
    "plans:chain_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=payloads.chain),
    "plans:detail": Rule("plan", get=sees),
    "plans:decide": Rule("plan", post=decides, data=payloads.decision),
    "plans:submit": Rule("plan_draft", post=writes_plan, data=lambda world, role, target: {}),
    "plans:withdraw": Rule("plan", post=writes_plan, data=lambda world, role, target: {"note": "再改改"}),
    "plans:version": Rule("plan_version", get=sees),
    "plans:history": Rule("plan", get=sees),
    "plans:paper": Rule("plan_paper", get=sees),
    "plans:tasks": Rule("plan_running", get=sees),
    "plans:task_add": Rule("plan_running", get=writes_plan, post=writes_plan, data=payloads.task),
    "plans:task_generate": Rule("plan_running", get=writes_plan, post=writes_plan, data=payloads.tasks),
    "plans:task": Rule("task", get=sees),
    "plans:task_edit": Rule("task", post=writes_plan, data=payloads.edited_task),
    "plans:task_finish": Rule("task", post=writes_plan, data=payloads.finished_task),
    "plans:task_cancel": Rule("task", post=writes_plan, data=payloads.reason),
    "plans:task_reopen": Rule("task", post=late_for_author, data=payloads.reason),
    "plans:task_file": Rule("task_file", get=sees),
    "plans:late": Rule(get=only({SUPERVISOR, MANAGER, DIRECTOR})),
    "plans:amend": Rule("plan_running", get=writes_plan, post=writes_plan, data=payloads.note),
    "plans:discard": Rule("plan_running", get=late_for_author, post=late_for_author),
    "plans:pause": Rule("plan_running", get=writes_plan, post=writes_plan, data=payloads.reason),
    "plans:resume": Rule("plan_running", get=late_for_author, post=late_for_author),
    "plans:end": Rule("plan_running", get=writes_plan, post=writes_plan, data=payloads.reason),
    "plans:judgement": Rule("plan_running", get=sees),
    "plans:report": Rule("plan_running", post=late_for_author, data=payloads.report),
    "plans:guide": Rule("plan_running", post=guides, data=payloads.guidance),
    "jobs:list": Rule(get=everybody),
    "jobs:detail": Rule("run", get=sees_run),
    "jobs:errors": Rule("run", get=sees_run),
}

# Reviewed: what answers to people who are not signed in, and what each gives them. Fourteen at most: the ninth is the
# file of a private calendar, because the calendar of a phone can't sign in; without its long token there is nothing.
# The last five are the customers': the form for complaints and suggestions, its answer, and what is behind the private
# link of a ticket (its page, its question, its files), where without the long key there is nothing either.
PUBLIC = {
    "healthz": {"GET": OK},
    "reports:home": {"GET": LOGIN},
    "reports:welcome": {"GET": HIDDEN, "POST": HIDDEN},
    "staff:login": {"GET": OK, "POST": OK},
    "staff:logout": {"POST": OK},
    "staff:language": {"POST": OK},
    "staff:password_reset": {"GET": OK, "POST": OK},
    "staff:password_reset_confirm": {"GET": OK, "POST": OK},
    "visits:feed_file": {"GET": HIDDEN},
    "complaints:public": {"GET": OK, "POST": OK},
    "complaints:received": {"GET": OK},
    "complaints:link": {"GET": HIDDEN, "POST": HIDDEN},
    "complaints:link_satisfied": {"POST": HIDDEN},
    "complaints:link_file": {"GET": HIDDEN},
}
