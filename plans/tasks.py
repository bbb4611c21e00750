from celery import shared_task

from plans import reseating, telling, work


@shared_task
def tend():
    """Rung every ten minutes by beat: absences begin and end with the day, plans wait, loans end before their task."""
    reseating.reseat()
    reseating.chase()
    work.lend_again()


@shared_task
def tell():
    """Rung every minute by beat: what was approved goes to the timelines of its customers."""
    telling.tell_approved()
