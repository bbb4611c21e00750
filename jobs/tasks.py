from celery import shared_task

from jobs import imports


@shared_task
def work_off(job):
    """Rung when a file was sent in."""
    imports.work_off(job)


@shared_task
def pick_up():
    """Rung every minute by beat: files whose ring was lost, and those that a dead worker left behind."""
    for job in imports.waiting_jobs():
        imports.work_off(job)
