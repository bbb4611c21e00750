"""What a mail server's refusal means: trouble with one mail or with the server, for now or for good."""

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

# Trouble with one mail; any other is with the server, and those behind it wait as well.
OF_ONE_MAIL = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)


def is_final(error: Exception) -> bool:
    """Whether the mail will never be taken; a ValueError is an address or header that no mail can have."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, ValueError) or (isinstance(error, SMTPResponseException) and error.smtp_code >= 500)
