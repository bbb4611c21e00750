from celery import shared_task

from customers import night as nights


@shared_task
def night():
    """Rung every ten minutes by beat; the ledger decides what is left to do."""
    nights.run_due()
