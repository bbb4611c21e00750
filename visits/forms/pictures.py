from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from visits import pictures


class PictureField(forms.FileField):
    """A picture to send in; its cleaned value is what `calls.log(picture=…)` takes, or None (see `visits.pictures`).

    Its form must be sent as multipart/form-data. Too large a file is refused before it is read.
    """

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    default_error_messages = {"large": _("This picture is larger than 10 MB. Send a smaller one.")}

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > pictures.MOST_BYTES:
            raise ValidationError(self.error_messages["large"], "large")
        try:
            return pictures.read(file.read())
        except pictures.NotAPicture as refused:
            raise ValidationError(str(refused), "picture") from refused
