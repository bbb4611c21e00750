from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from visits import scripts, wording
from visits.models import ScriptVersion, TextTemplate

LONGEST = 2000


def check_places(text: str) -> None:
    """Raise ValidationError for a place that has no name to fill it, as {kunde} or ｛customer｝, and say which have."""
    unknown = wording.unknown_places(text)
    if unknown:
        message = _("%(place)s can't be filled in. Use {customer}, {contact} or {me}.")
        raise forms.ValidationError(message, "place", {"place": unknown[0]})


def _words(name, **options):
    return forms.CharField(
        label=capfirst(ScriptVersion._meta.get_field(name).verbose_name),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[check_places],
        required=options.pop("required", False),
        **options,
    )


class ScriptForm(forms.Form):
    """The four texts of a script; `seen` is the number of the version they were written upon, 0 for none."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    first_call = _words("first_call", help_text=_("Left empty, a first call begins as a later one."))
    later_call = _words("later_call", required=True)
    closing_satisfied = _words("closing_satisfied")
    closing_unsatisfied = _words("closing_unsatisfied")

    @classmethod
    def initial_of(cls, version) -> dict:
        """Return what the form begins with: `version`, or nothing when there is none yet."""
        if version is None:
            return {"seen": 0}
        return {"seen": version.number} | {name: getattr(version, name) for name in scripts.TEXTS}

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "").replace("\r\n", "\n") for name in scripts.TEXTS}


class TextForm(forms.ModelForm):
    """A text template; `seen` is the moment at which it had been edited last when the form was drawn."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = TextTemplate
        fields = ("kind", "title", "text", "is_active")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST})}
        help_texts = {
            "text": _("{customer}, {contact} and {me} are filled with the names."),
            "is_active": _("Texts out of use are kept, but offered to nobody."),
        }

    def clean_text(self):
        check_places(self.cleaned_data["text"])
        return self.cleaned_data["text"]
