"""Small forms of a running plan's course, and of its judgement (policy 6.3, 6.4)."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from plans.models import Judgement


def words(label, *, required=True, rows=3, most=300, **kwargs):
    """Return a field for a few sentences."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=most, widget=widget, **kwargs)


class SmallForm(forms.Form):
    """A form in the dialog above another page: ids of its own, so that they never meet those of the page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="dialog_%s", **kwargs)


class NothingForm(SmallForm):
    """A question that only wants a yes."""


class AmendForm(SmallForm):
    note = words(_("Why the plan has to change"))


class PauseForm(SmallForm):
    reason = words(capfirst(_("reason")))


class EndForm(SmallForm):
    """Ending before the last day asks for a reason."""

    reason = words(capfirst(_("reason")), required=False)

    def __init__(self, *args, is_early, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_early


class ReportForm(forms.Form):
    """The supervisor's judgement of what came of a plan."""

    effect = forms.ChoiceField(label=capfirst(_("effect")), choices=Judgement.Effect.choices, widget=forms.RadioSelect)
    evaluation = words(capfirst(_("evaluation")), rows=5, most=5000)
    improvements = words(capfirst(_("what the next plan should do better")), required=False, most=5000)


class GuideForm(forms.Form):
    guidance = words(capfirst(_("guidance")), rows=4, most=5000)
