"""The ways a message goes out (policy 5.10): one interface, so that gateways of text messages and WeCom fit behind it.

`settings.MESSAGE_CHANNELS` names the class for each `Message.Channel`; a channel that is not named is not offered.
"""

from email.utils import parseaddr
from smtplib import SMTPException
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from visits.models import Message


class NotSent(Exception):
    """The message did not go out; its text is shown beside the message."""


class Channel(Protocol):
    """What a gateway has to have. A message may come more than once, then with the same `message.key`."""

    is_trial: bool  # nobody receives anything; people are told so

    def send(self, message: Message) -> None:
        """Hand `message` over within seconds; raises NotSent when it was not taken."""


class Console:
    """For trying out: prints the message where the worker runs."""

    is_trial = True

    def send(self, message):
        print(f"{message.channel} to {message.address}: {message.text}", flush=True)


class Email:
    """Through Django's mail (EMAIL_URL); answers go to whoever wrote it."""

    @property
    def is_trial(self):
        return settings.EMAIL_BACKEND.endswith(".console.EmailBackend")

    def send(self, message):
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        mail = EmailMessage(
            subject=message.subject,
            body=message.text,
            to=[message.address],
            reply_to=[message.by.email] if message.by.email else None,
            headers={"Message-ID": f"<{message.key}@{domain}>"},
        )
        try:
            mail.send()
        except (SMTPException, OSError, ValueError) as error:  # ValueError: an address or header that no mail can have
            raise NotSent(str(error)) from error


def channel(name: str) -> Channel:
    """Return the channel called `name`; raises NotSent when the settings name none."""
    path = settings.MESSAGE_CHANNELS.get(name)
    if not path:
        raise NotSent(f"MESSAGE_CHANNELS names nothing for {name}.")
    return import_string(path)()


def offered() -> list[str]:
    """Return the channels that the settings name, in the order of Message.Channel."""
    return [name for name in Message.Channel.values if settings.MESSAGE_CHANNELS.get(name)]
