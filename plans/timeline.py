"""How maintenance plans and their tasks read on a customer's timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Activity
from customers.timeline import Line, describes

DID = {
    "approve": gettext_lazy("Maintenance plan begins: %(name)s"),
    "amend": gettext_lazy("Maintenance plan amended: %(name)s"),
    "end": gettext_lazy("Maintenance plan ended: %(name)s"),
}


@describes(Activity.Verb.PLAN)
def _plan(activity):
    title = DID[activity.data["did"]] % {"name": activity.data["name"]}
    return Line("target-arrow", title, url=reverse("plans:detail", args=[activity.data["plan"]]))


@describes(Activity.Verb.TASK)
def _task(activity):
    title = _("Task done: %(what)s") % {"what": activity.data["what"]}
    badges = [(activity.data["name"], "secondary")]
    return Line("checkbox", title, activity.note, badges, reverse("plans:task", args=[activity.data["task"]]))
