"""Pictures and PDFs that are sent in with a form."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from visits import attachments


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self):
        super().__init__(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"})


class FilesField(forms.FileField):
    """Up to `most` files; the cleaned value is a list of unsaved `model`s. Its form is sent as multipart/form-data."""

    widget = FilesInput

    def __init__(self, *args, model, most: int, **kwargs):
        self.model, self.most = model, most
        super().__init__(*args, **kwargs)

    def clean(self, data, initial=None) -> list:
        sent = [super(FilesField, self).clean(one, initial) for one in data or []]
        if len(sent) > self.most:
            text = ngettext(
                "At most %(most)d file at once. Leave some out.",
                "At most %(most)d files at once. Leave some out.",
                self.most,
            )
            raise ValidationError(text % {"most": self.most}, "many")
        return [self._read(file) for file in sent]

    def _read(self, file):
        try:
            # No more is read than says that it is too large.
            return self.model(**attachments.read(file.name, file.read(attachments.MOST_BYTES + 1)))
        except attachments.NotKept as refused:
            raise ValidationError(str(refused), "file") from refused
