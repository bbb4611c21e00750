from celery import shared_task

from jobs import errands, imports


@shared_task
def work_off(job):
    """Rung when a file was sent in, or an errand asked for."""
    (errands if job in errands.ERRANDS else imports).work_off(job)


@shared_task
def pick_up():
    """Rung every minute by beat: what waits because its ring was lost, and what a dead worker left behind."""
    for room in (imports, errands):
        for job in room.waiting_jobs():
            room.work_off(job)
