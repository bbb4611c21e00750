from complaints.models.mail import Mail, MailboxState
from complaints.models.ticket import Step, Stop, Target, Ticket
from complaints.models.work import (
    Action,
    Case,
    Countermeasure,
    Desk,
    File,
    Mention,
    Message,
    Solution,
    Try,
)

__all__ = [
    "Action",
    "Case",
    "Countermeasure",
    "Desk",
    "File",
    "Mail",
    "MailboxState",
    "Mention",
    "Message",
    "Solution",
    "Step",
    "Stop",
    "Target",
    "Ticket",
    "Try",
]
