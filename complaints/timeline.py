"""How complaints and suggestions read on a customer's timeline."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

from customers.models import Activity
from customers.timeline import Line, describes, unquoted

DID = {
    "close": gettext_lazy("Closed, the customer is satisfied: %(number)s %(subject)s"),
    "unreachable": gettext_lazy("Closed, the customer could not be reached: %(number)s %(subject)s"),
    "reopen": gettext_lazy("Opened again: %(number)s %(subject)s"),
}


@describes(Activity.Verb.COMPLAINT)
def _complaint(activity):
    data = activity.data
    title = DID[data["did"]] % {"number": data["number"], "subject": data["subject"]}
    plain = unquoted(DID[data["did"]], number=data["number"], subject="")
    url = reverse("complaints:detail", args=[data["ticket"]])
    return Line("message-exclamation", title, activity.note, url=url, plain=plain)
