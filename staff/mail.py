from django.contrib.auth.forms import PasswordResetForm
from django.utils import translation

from staff.tokens import reset_tokens


class ResetMail(PasswordResetForm):
    """Mails a link to every active account with the address; each in the language of its person."""

    def send(self, *, domain: str, is_secure: bool) -> None:
        self.save(
            domain_override=domain,
            use_https=is_secure,
            token_generator=reset_tokens,
            subject_template_name="staff/password_reset_subject.txt",
            email_template_name="staff/password_reset_email.txt",
        )

    def send_mail(self, subject_template_name, email_template_name, context, *args, **kwargs):
        with translation.override(context["user"].language or translation.get_language()):
            super().send_mail(subject_template_name, email_template_name, context, *args, **kwargs)
