from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.models import Pool
from staff.models import Team


class RenamePoolForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)

    def __init__(self, *args, pool=None, **kwargs):
        super().__init__(*args, initial={"name": pool.name} if pool else None, **kwargs)
        self.pool = pool

    def clean_name(self):
        others = Pool.objects.exclude(pk=self.pool and self.pool.pk)
        if others.filter(name=self.cleaned_data["name"]).exists():
            raise forms.ValidationError(_t("There is a pool with this name already."))
        return self.cleaned_data["name"]


class PoolForm(RenamePoolForm):
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=_("Team"),
        help_text=_("Whoever sells in this team, or in one below it, may take its customers; nobody else sees them."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(pool=None).order_by("path")


class MovePoolForm(forms.Form):
    target = forms.ModelChoiceField(Pool.objects.none(), label=_("Into which pool"))

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = Pool.objects.exclude(pk=pool.pk)
