"""Who may do what with a customer. Row sight is `Customer.objects.visible_to`; this adds fields and verbs."""

from staff.permissions import is_administrator, is_finance, is_in_sight, is_leader, is_seller
from staff.roles import Role

# The grades of the good customers (policy 5.6).
BEST = ("VIP", "SVIP", "A")


def owns_or_leads(user, customer) -> bool:
    """The owner, and whoever sees the owner's work; nobody for a customer in the pool."""
    return customer.owner_id is not None and not is_finance(user) and is_in_sight(user, customer.owner_id)


def lent_to(user) -> frozenset[int]:
    """Return the ids of the customers that `user` has borrowed today; of those in the pool nobody has any.

    Asked once a request: few people borrow many, and a list that knows the ids needs no join.
    """
    lent = getattr(user, "lent", None)
    if lent is None:
        loans = user.loans.running().filter(customer__owner__isnull=False)
        lent = user.lent = frozenset(loans.values_list("customer", flat=True))
    return lent


def works_with(user, customer) -> bool:
    """Whoever owns the customer or leads its owner, and whoever has borrowed it to call it (policy 5.1)."""
    if owns_or_leads(user, customer):
        return True
    return customer.owner_id is not None and not is_finance(user) and customer.pk in lent_to(user)


def sees_contacts(user, customer) -> bool:
    """In the pool contact details are masked for everybody (policy 4.5); finance needs none (policy 1.8)."""
    return works_with(user, customer)


def may_edit(user, customer) -> bool:
    return owns_or_leads(user, customer)


def may_log(user, customer) -> bool:
    return works_with(user, customer)


def may_claim(user, customer) -> bool:
    return is_seller(user)


def may_release(user, customer) -> bool:
    """The owner or whoever leads them; the best customers nobody lets go but a leader (policy 4.5)."""
    return owns_or_leads(user, customer) and (customer.grade not in BEST or is_leader(user))


def may_give(user, customer) -> bool:
    """Whose customers a leader may give to somebody: those of the people they lead, and of the pool (policy 4.4)."""
    return is_leader(user) and (customer.owner_id is None or is_in_sight(user, customer.owner_id))


def may_refer(user) -> bool:
    """A referral is a manager's, or of somebody above (policy 4.4)."""
    return is_leader(user) and user.role != Role.SUPERVISOR


def may_offer(user, customer) -> bool:
    """The owner, or whoever leads them, offers a customer to a colleague (policy 4.6)."""
    return owns_or_leads(user, customer)


def may_answer(user, transfer) -> bool:
    return transfer.receiver_id == user.pk


def may_withdraw(user, transfer) -> bool:
    """Who made the offer, its sender, and whoever leads them."""
    made = user.pk in {transfer.by_id, transfer.sender_id}
    return made or (is_leader(user) and is_in_sight(user, transfer.sender_id))


def may_move(user, customer) -> bool:
    """Between pools leaders move customers (policy 4.5)."""
    return is_leader(user)


def may_assign(user, owner_id, to) -> bool:
    """A leader gives customers of the people they lead, or of the pool, to somebody they lead (policy 4.4)."""
    from_sight = owner_id is None or is_in_sight(user, owner_id)
    return is_leader(user) and from_sight and is_in_sight(user, to.pk)


def is_own(user, customer) -> bool:
    return customer.owner_id == user.pk and not is_finance(user)


def leads_owner(user, customer) -> bool:
    """Who decides what an owner asks for: a supervisor of a representative, whoever stands above of anybody.

    Never the owner themselves, whatever their role.
    """
    if customer.owner_id in {None, user.pk} or not (is_leader(user) and is_in_sight(user, customer.owner_id)):
        return False
    return user.role != Role.SUPERVISOR or customer.owner.role == Role.REPRESENTATIVE


def may_decide_extension(user, extension) -> bool:
    return extension.asked_by_id != user.pk and leads_owner(user, extension.customer)


def may_lock(user, customer) -> bool:
    """A manager, a director or the administrator, of whoever they lead (policy 4)."""
    return user.role != Role.SUPERVISOR and leads_owner(user, customer)


def reads_sheet(user, customer) -> bool:
    """The owner, who writes the clearing sheet, and whoever leads them (policy 4.7)."""
    return owns_or_leads(user, customer)


def may_create(user) -> bool:
    """Sellers create for themselves, leaders for the people they lead."""
    return is_seller(user) or is_leader(user)


def may_import(user) -> bool:
    return is_leader(user)


def may_edit_standard(user) -> bool:
    return is_administrator(user)


def may_open_handovers(user) -> bool:
    return is_leader(user)


def may_open_handover_of(user, leaver_id) -> bool:
    """A leader for the people they lead, not for themselves; the administrator for everybody (policy 4.6)."""
    return is_administrator(user) or (is_leader(user) and leaver_id != user.pk and is_in_sight(user, leaver_id))


def may_hand_over(user, handover) -> bool:
    return may_open_handover_of(user, handover.leaver_id)


def may_undo_handover(user, handover) -> bool:
    """Whoever opened it, and the administrator."""
    return is_administrator(user) or (user.pk == handover.opened_by_id and may_hand_over(user, handover))


def may_confirm_item(user, item) -> bool:
    """Whoever received it, and nobody in their stead."""
    return item.receiver_id == user.pk


def may_supply_item(user, item) -> bool:
    """Whoever hands over, and who leads them."""
    return item.handover.leaver_id == user.pk or may_hand_over(user, item.handover)


def may_inquire(user) -> bool:
    """Whoever is asked takes it down (policy 1.7)."""
    return not is_finance(user)


def may_dispute(user, inquiry) -> bool:
    """Whoever took an inquiry themselves, and can own customers, may say that its customer is theirs (policy 4.1)."""
    return is_seller(user) and inquiry.by_id == user.pk


def may_decide(user, dispute) -> bool:
    """A leader of both, never one who takes part (policy 4.2)."""
    both = {dispute.owner_id, dispute.claimant_id}
    return is_leader(user) and user.pk not in both and all(is_in_sight(user, pk) for pk in both)


def may_read_rules(user) -> bool:
    """Rules of the pool, nights and pools are open to leaders; what they do to one's own customers everybody sees."""
    return is_leader(user)


def may_edit_rules(user) -> bool:
    return is_administrator(user)


def may_decide_nights(user) -> bool:
    """Whoever may let a stopped night go, and undo a return."""
    return user.role in {Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR}


def may_edit_pools(user) -> bool:
    return is_administrator(user)
