"""How maintenance plans and their tasks read on a customer's timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Activity
from customers.timeline import Line, describes, unquoted

DID = {
    "approve": gettext_lazy("Maintenance plan begins: %(name)s"),
    "amend": gettext_lazy("Maintenance plan amended: %(name)s"),
    "end": gettext_lazy("Maintenance plan ended: %(name)s"),
}


@describes(Activity.Verb.PLAN)
def _plan(activity):
    did, url = DID[activity.data["did"]], reverse("plans:detail", args=[activity.data["plan"]])
    return Line("target-arrow", did % {"name": activity.data["name"]}, url=url, plain=unquoted(did, name=""))


@describes(Activity.Verb.TASK)
def _task(activity):
    did, url = _("Task done: %(what)s"), reverse("plans:task", args=[activity.data["task"]])
    badges = [(activity.data["name"], "secondary")]
    title = did % {"what": activity.data["what"]}
    return Line("checkbox", title, activity.note, badges, url, plain=unquoted(did, what=""))
