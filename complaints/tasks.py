import time

from celery import shared_task
from kombu.exceptions import OperationalError

from complaints import clocks, escalation, flood, inheriting, intake, mailbox, outbox

# Seconds between two rings of a process for what the public form brings.
PAUSE = 1.0
_rung = {"at": -PAUSE}


@shared_task
def watch():
    """Rung every ten minutes by beat: people left, limits, hours or grades may have changed, and tickets get late."""
    inheriting.run()
    clocks.recompute()
    escalation.run()
    flood.forget()


@shared_task
def place():
    """Rung by the public form, and every minute by beat, in case a ring was lost."""
    intake.place_waiting()


def ring() -> None:
    """Let a worker place what the public form brought: at most one ring a pause, for all that comes within it."""
    if time.monotonic() - _rung["at"] < PAUSE:
        return
    _rung["at"] = time.monotonic()
    try:
        place.apply_async(countdown=PAUSE)
    except OperationalError:
        return  # no doorbell: beat's next ring does


@shared_task
def read_mailbox():
    mailbox.read()


@shared_task
def send_answers():
    outbox.send()
