"""Pictures and PDFs that show what came of a task."""

from pathlib import PurePosixPath

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.models import TaskFile
from visits import pictures

MOST_FILES = 10
MOST_BYTES = 10 * 1024 * 1024
PDF = b"%PDF-"
NAME_LENGTH = TaskFile._meta.get_field("name").max_length


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self):
        super().__init__(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"})


class FilesField(forms.FileField):
    """Several files; the cleaned value is a list of unsaved TaskFiles. Its form must be sent as multipart/form-data.

    Pictures are made safe to keep (see `visits.pictures`); a PDF is kept as it is and only ever handed out to be saved.
    """

    widget = FilesInput
    default_error_messages = {
        "many": _("At most 10 files at once. Leave some out."),
        "large": _("%(name)s is larger than 10 MB. Send a smaller one."),
        "picture": _("%(name)s: %(why)s"),
    }

    def clean(self, data, initial=None):
        files = [super(FilesField, self).clean(one, initial) for one in data or []]
        if len(files) > MOST_FILES:
            raise ValidationError(self.error_messages["many"], "many")
        return [self._read(file) for file in files]

    def _read(self, file) -> TaskFile:
        if file.size > MOST_BYTES:
            raise ValidationError(self.error_messages["large"], "large", {"name": file.name})
        data = file.read()
        if data.startswith(PDF):
            return TaskFile(name=_name(file.name, ".pdf"), kind="application/pdf", content=data)
        try:
            picture = pictures.read(data)
        except pictures.NotAPicture as refused:
            text = {"name": file.name, "why": str(refused)}
            raise ValidationError(self.error_messages["picture"], "picture", text) from refused
        return TaskFile(name=_name(file.name, ".jpg"), kind="image/jpeg", content=picture["content"])


def _name(sent, suffix):
    """Return the file's own name with the suffix of what it is by now."""
    stem = PurePosixPath("".join(letter for letter in sent if letter.isprintable())).stem or "file"
    return stem[: NAME_LENGTH - len(suffix)] + suffix
