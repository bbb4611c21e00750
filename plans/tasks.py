from celery import shared_task

from plans import reseating, work


@shared_task
def tend():
    """Rung every ten minutes by beat: absences begin and end with the day, plans wait, loans end before their task."""
    reseating.reseat()
    reseating.chase()
    work.lend_again()
