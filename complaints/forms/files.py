"""Pictures and PDFs of a ticket, from customers and colleagues."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from complaints import attachments
from complaints.models import File


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self):
        super().__init__(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"})


class FilesField(forms.FileField):
    """Up to `most` files; the cleaned value is a list of unsaved Files. Its form is sent as multipart/form-data."""

    widget = FilesInput

    def __init__(self, *args, most: int, **kwargs):
        self.most = most
        super().__init__(*args, **kwargs)

    def clean(self, data, initial=None) -> list[File]:
        sent = [super(FilesField, self).clean(one, initial) for one in data or []]
        if len(sent) > self.most:
            text = ngettext(
                "At most %(most)d file at once. Leave some out.",
                "At most %(most)d files at once. Leave some out.",
                self.most,
            )
            raise ValidationError(text % {"most": self.most}, "many")
        return [self._read(file) for file in sent]

    def _read(self, file) -> File:
        try:
            # No more is read than says that it is too large.
            return attachments.read(file.name, file.read(attachments.MOST_BYTES + 1))
        except attachments.NotKept as refused:
            raise ValidationError(str(refused), "file") from refused
