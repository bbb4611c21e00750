"""Celery is the doorbell; what is to be done and what is done stands in PostgreSQL (`jobs.Run`)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Often, not once: each ring does only what the ledger says is still open, so a missed or doubled ring changes nothing.
app.conf.beat_schedule = {
    "night": {"task": "customers.tasks.night", "schedule": crontab(minute="*/10"), "options": {"expires": 540}},
    "callbacks": {"task": "visits.tasks.plan", "schedule": crontab(minute="5-59/10"), "options": {"expires": 540}},
    "plans": {"task": "plans.tasks.tend", "schedule": crontab(minute="3-59/10"), "options": {"expires": 540}},
    "complaints": {
        "task": "complaints.tasks.watch",
        "schedule": crontab(minute="7-59/10"),
        "options": {"expires": 540},
    },
    "notices": {"task": "staff.tasks.send_notices", "schedule": 60.0, "options": {"expires": 50}},
    "approvals": {"task": "plans.tasks.tell", "schedule": 60.0, "options": {"expires": 50}},
    "messages": {"task": "visits.tasks.send_messages", "schedule": 60.0, "options": {"expires": 50}},
    "feedback": {"task": "complaints.tasks.place", "schedule": 60.0, "options": {"expires": 50}},
    "mailbox": {"task": "complaints.tasks.read_mailbox", "schedule": 60.0, "options": {"expires": 50}},
    "answers": {"task": "complaints.tasks.send_answers", "schedule": 60.0, "options": {"expires": 50}},
    "uploads": {"task": "jobs.tasks.pick_up", "schedule": 60.0, "options": {"expires": 50}},
}
