from celery import shared_task
from django.utils import translation

from staff import notices
from staff.mail import ResetMail


@shared_task(expires=3600)
def mail_reset_link(email: str, *, domain: str, is_secure: bool, language: str) -> None:
    """Look up the address and mail; away from the request, so that its length tells nobody which addresses exist."""
    form = ResetMail({"email": email})
    if form.is_valid():
        with translation.override(language):
            form.send(domain=domain, is_secure=is_secure)


@shared_task
def send_notices():
    """Rung every minute by beat: mails to colleagues that are not sent yet."""
    notices.send()
