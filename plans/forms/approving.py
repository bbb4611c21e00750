"""What whoever decides on a plan says, and its author when taking it back (policy 6.2)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.forms.course import words
from plans.models import Decision

PASS, SEND_BACK = Decision.Verb.PASS, Decision.Verb.SEND_BACK
COMMENT = forms.Textarea(attrs={"rows": 2})


class DecisionForm(forms.Form):
    """A decision on the version seen, at the step seen; sending back needs words. Each measure may be commented on.

    `document` is the wording that waits. What was typed about a measure that it no longer has goes on in the words.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    position = forms.IntegerField(widget=forms.HiddenInput, required=False)
    verb = forms.ChoiceField(choices=((PASS, ""), (SEND_BACK, "")), widget=forms.HiddenInput)
    note = words(_("What should change, and why"), required=False, most=2000)
    remark = words(_("Remark"), required=False, rows=2, most=2000)

    def __init__(self, *args, document, **kwargs):
        super().__init__(*args, **kwargs)
        self.line_names = {f"line-{row['id']}": row["id"] for row in document["lines"]}
        comment = forms.CharField(label=_("Comment"), required=False, max_length=500, widget=COMMENT)
        self.fields |= dict.fromkeys(self.line_names, comment)
        gone = [text for name, text in self.data.items() if name.startswith("line-") and name not in self.line_names]
        if any(gone):
            self.data = self.data.copy()
            self.data["note"] = "\n".join(filter(None, [self.data.get("note"), *gone]))

    def clean(self):
        data = super().clean()
        if data.get("verb") == SEND_BACK and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Say what should change: the author starts from your words."))
        return data

    @property
    def words(self) -> str:
        return self.cleaned_data["note" if self.cleaned_data["verb"] == SEND_BACK else "remark"]

    @property
    def comments(self) -> dict[int, str]:
        """Return the comments by the id of the measure."""
        return {pk: self.cleaned_data[name] for name, pk in self.line_names.items() if self.cleaned_data.get(name)}


class WithdrawForm(forms.Form):
    note = words(_("Why you take it back"), required=False, rows=2, most=2000)
