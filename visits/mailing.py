"""Whom one message goes to: a person's customers of a grade and intention, each at one contact (policy 5.10)."""

from dataclasses import dataclass, field

from customers.models import Contact, Customer
from visits.messages import address_of

MOST = 500
NAMED = 10  # in a preview


@dataclass
class Mailing:
    """The recipients in the order of their names, and the customers whom `channel` does not reach."""

    recipients: list[tuple[Customer, Contact]] = field(default_factory=list)
    left_out: list[Customer] = field(default_factory=list)
    is_too_many: bool = False

    @property
    def first(self):
        return self.recipients[:NAMED]

    @property
    def more(self) -> int:
        return max(len(self.recipients) - NAMED, 0)

    @property
    def first_left_out(self):
        return self.left_out[:NAMED]

    @property
    def more_left_out(self) -> int:
        return max(len(self.left_out) - NAMED, 0)


def choose(*, user, owner, channel: str, grade: str = "", intention: str = "") -> Mailing:
    """Return which of `owner`'s customers in `user`'s sight `channel` reaches, main contacts first, and which not."""
    found = Customer.objects.owned_visible_to(user).filter(owner=owner)
    for name, value in (("grade", grade), ("intention", intention)):
        if value:
            found = found.filter(**{name: value})
    customers = list(found.prefetch_related("contacts").order_by("pinyin", "id")[: MOST + 1])
    mailing = Mailing(is_too_many=len(customers) > MOST)
    for customer in customers:
        contact = next((one for one in customer.contacts.all() if address_of(one, channel)), None)
        if contact:
            mailing.recipients.append((customer, contact))
        else:
            mailing.left_out.append(customer)
    return mailing
