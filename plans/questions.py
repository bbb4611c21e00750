"""Is it feasible, is it thrifty? What the author answers before a plan can be submitted (policy 6.1)."""

from django.utils.translation import gettext_lazy as _

QUESTIONS = {
    "people": _("Can the people named do this beside their daily work?"),
    "customer": _("What does the customer get from it, and how do we know that they want it?"),
    "thrift": _("What is the cheapest way to the same effect, and why not that one?"),
    "without": _("What happens if we do nothing?"),
}
