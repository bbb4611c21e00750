from celery import shared_task

from visits import giving_back, messages, night, schedule


@shared_task
def plan():
    """Rung every ten minutes by beat: the clock decides which repairs overran and which loans are over; the ledger,
    which dates are left.

    In this order, so that nights missed for long count what overran meanwhile.
    """
    schedule.notice_overruns()
    giving_back.end_loans()
    night.run_due()


@shared_task
def send_messages():
    """Rung when messages were written, and every minute by beat: their time has come, or their ring was lost."""
    messages.send_due()
