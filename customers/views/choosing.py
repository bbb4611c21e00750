"""The pages on which one customer or several chosen ones are given away: a form below the list of them."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _

from customers.models import Customer

# As many as a page of a list shows, and some to spare; more go by the handover.
MOST = 100
LARGEST = 2**63


def chosen_ids(request) -> list[int]:
    """Return the ids that were ticked, each once, at most MOST; what is no id is passed over."""
    sent = (text for text in request.POST.getlist("chosen") if text.isascii() and text.isdigit())
    return list(dict.fromkeys(number for number in map(int, sent) if number < LARGEST))[:MOST]


def chosen(request, verb) -> list[Customer]:
    """Return the ticked customers that `request.user` sees and may do `verb` with now."""
    seen = Customer.objects.visible_to(request.user).with_owner().filter(pk__in=chosen_ids(request))
    return [customer for customer in seen if verb in customer.moves(request.user)]


def none_chosen(request, back):
    messages.warning(request, _("Choose the customers first."))
    return redirect(back)


@dataclass
class Giving:
    """What such a page says: heading, button, and a `text` before the form; `back` is where one came from."""

    title: str
    button: str
    icon: str
    customers: list
    back: str
    text: str = ""
    color: str = "primary"
    is_many: bool = False
    facts: list[tuple[str, object]] = field(default_factory=list)

    @property
    def back_url(self) -> str:
        return resolve_url(self.back)

    def show(self, request, form, *, status=None):
        context = {"giving": self, "form": form, "asked": len(chosen_ids(request))}
        return render(request, "customers/give.html", context, status=status or (422 if form.errors else 200))

    def show_late(self, request, form, late):
        """Draw the form again with what was typed, and why it can't be done."""
        form.add_error(None, str(late))
        return self.show(request, form, status=409)
