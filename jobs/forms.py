from pathlib import Path

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib import importing, spreadsheets

ENDINGS = (".csv", ".txt", ".gz", ".xlsx")


class UploadForm(forms.Form):
    """A file to import; what is wrong with the file as a whole is said at once, its lines are read later."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
        help_text=_("CSV, gzipped CSV or XLSX; the first line names the columns."),
    )

    def __init__(self, *args, columns, **kwargs):
        super().__init__(*args, **kwargs)
        self.columns = columns

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            limit = filesizeformat(settings.UPLOAD_MAX_BYTES)
            raise forms.ValidationError(_t("The file is larger than %(limit)s. Split it.") % {"limit": limit})
        if Path(file.name).suffix.lower() not in ENDINGS:
            raise forms.ValidationError(_t("Choose a file that ends in .csv, .csv.gz or .xlsx."))
        self.content = file.read()
        try:
            importing.match(spreadsheets.read(self.content), self.columns)
        except spreadsheets.Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return file
