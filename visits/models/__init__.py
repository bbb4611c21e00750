from visits.models.callback import Cadence, Callback, CallbackRule, Purpose, ServiceEvent
from visits.models.calling import CallList, MonthlyComment, SpotCheck
from visits.models.feed import CalendarFeed
from visits.models.log import CallLog, LogAddition, LogPicture
from visits.models.message import Message
from visits.models.promise import Promise
from visits.models.script import Script, ScriptVersion, TextTemplate
from visits.models.site import SiteVisit

__all__ = [
    "Cadence",
    "CalendarFeed",
    "CallList",
    "CallLog",
    "Callback",
    "CallbackRule",
    "LogAddition",
    "LogPicture",
    "Message",
    "MonthlyComment",
    "Promise",
    "Purpose",
    "Script",
    "ScriptVersion",
    "ServiceEvent",
    "SiteVisit",
    "SpotCheck",
    "TextTemplate",
]
