"""How a logged contact reads on the customer's timeline."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.choices import Channel
from customers.models import Activity
from customers.timeline import Line, describes
from visits.models import CallLog

ICONS = {"phone": "phone", "visit": "map-pin", "wechat": "brand-wechat", "email": "mail", "message": "message"}


@describes(Activity.Verb.LOG)
def describe(activity):
    data = activity.data
    title = capfirst(f"{Channel(data['channel']).label} · {CallLog.Outcome(data['outcome']).label}")
    badges = [(_("next %(day)s") % {"day": data["next_on"]}, "azure")] if data.get("next_on") else []
    return Line(ICONS.get(data["channel"], "message"), title, activity.note, badges)
