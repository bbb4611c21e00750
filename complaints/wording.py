"""Texts to start an answer to the customer from, in the customer's language (policy 7.3, 7.9)."""

from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from complaints.choices import Kind
from complaints.models import Ticket

# title, text
STARTERS = (
    (
        _("We have it"),
        _(
            "Thank you for telling us. Your complaint has the number %(number)s and is in good hands. I look into it "
            "and come back to you. %(me)s"
        ),
    ),
    (
        _("Please tell us more"),
        _("To find out how it came about we need some more from you: the date of delivery, and pictures. %(me)s"),
    ),
    (
        _("Our proposal"),
        _("We are sorry for what happened. This is how we would like to settle it: … Do you agree? %(me)s"),
    ),
    (
        _("It is done"),
        _("What we agreed is carried out. We call you within the next days to hear whether you are satisfied. %(me)s"),
    ),
)
THANKS = (
    _("Thank you"),
    _("Thank you for your suggestion, which has the number %(number)s. We look at it and tell you. %(me)s"),
)


def starters(ticket: Ticket, user) -> list[dict]:
    """Return the texts for an answer by `user`: titles as they read, texts as the customer does."""
    found = [THANKS, *STARTERS[1:2]] if ticket.kind == Kind.SUGGESTION else STARTERS
    titles = [str(title) for title, _text in found]
    with override(ticket.language or get_language()):
        texts = [str(text) % {"number": ticket.number, "me": user.name} for _title, text in found]
    return [{"title": title, "text": text} for title, text in zip(titles, texts, strict=True)]
