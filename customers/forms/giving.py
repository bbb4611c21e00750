"""Letting customers go: to the pool, to another pool, to somebody else."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers import permissions
from customers.choices import Reason
from customers.models import Pool, PoolRules, Stint
from staff.models import User
from staff.permissions import is_leader


def words(label, **kwargs):
    """Return a field for a sentence or two."""
    return forms.CharField(label=label, max_length=300, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


class PersonField(forms.ModelChoiceField):
    """Somebody by name and team; the form says who is offered."""

    def __init__(self, label):
        super().__init__(User.objects.none(), label=label, empty_label=_("choose a person"))

    def offer(self, people):
        self.queryset = people.select_related("team").order_by("name", "pk")

    def label_from_instance(self, person):
        return f"{person} · {person.team.name}" if person.team else str(person)


class ReleaseForm(forms.Form):
    """Why a customer goes to the pool, and to which one where its owner has more than the company's."""

    PROBLEM = Stint.Reason.PROBLEM.value

    why = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    note = words(_("Details, and how far talks have come"), help_text=_("Whoever claims the customer next reads this."))
    pool = forms.ModelChoiceField(Pool.objects.none(), label=_("Into which pool"), required=False, empty_label=None)

    def __init__(self, *args, customer, user, **kwargs):
        super().__init__(*args, **kwargs)
        problem = [(self.PROBLEM, Stint.Reason.PROBLEM.label)] if is_leader(user) else []
        self.fields["why"].choices = [*Reason.choices, *problem]
        pools = Pool.objects.open_to(user if is_leader(user) else customer.owner)
        self.fields["pool"].queryset = pools
        self.fields["pool"].initial = nearest(pools, customer.owner)
        if len(pools) < 2:
            self.fields["pool"].widget = forms.HiddenInput()

    @property
    def verb(self) -> dict:
        """Return what `Customer.release` is called with."""
        data = self.cleaned_data
        is_problem = data["why"] == self.PROBLEM
        reason = Stint.Reason.PROBLEM if is_problem else Stint.Reason.RELEASED
        return {"note": data["note"], "pool": data["pool"], "reason": reason, "why": "" if is_problem else data["why"]}


def nearest(pools, person) -> Pool | None:
    """Return the pool to which a customer of `person` goes by itself: of the teams above them the nearest's."""
    lineage = person.team.lineage if person.team_id else []
    return max(pools, key=lambda pool: lineage.index(pool.team_id) if pool.team_id in lineage else -1, default=None)


class MoveForm(forms.Form):
    pool = forms.ModelChoiceField(Pool.objects.none(), label=_("Into which pool"), empty_label=_("choose a pool"))
    note = words(_("Why"), required=False)

    def __init__(self, *args, customers, user, **kwargs):
        super().__init__(*args, **kwargs)
        here = {customer.pool_id for customer in customers}
        self.fields["pool"].queryset = Pool.objects.open_to(user).exclude(pk__in=here if len(here) == 1 else [])


class AssignForm(forms.Form):
    """To whom, and why; more than the rules allow in hand only when it is meant, with a reason."""

    to = PersonField(_("To whom"))
    how = forms.ChoiceField(
        label=_("How"),
        choices=[(Stint.Reason.ASSIGNED, _("assigned")), (Stint.Reason.REFERRED, _("referred: marked as such"))],
        initial=Stint.Reason.ASSIGNED.value,
        widget=forms.RadioSelect,
    )
    note = words(_("Why"), required=False)
    override = forms.BooleanField(
        label=_("Also above the number of customers that one may have in hand"),
        required=False,
        help_text=_("It needs a reason."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(User.objects.visible_to(user).sellers().active())
        if not permissions.may_refer(user):
            del self.fields["how"]
        if PoolRules.current().capacity is None:
            del self.fields["override"]

    def clean(self):
        data = super().clean()
        if data.get("override") and not data.get("note"):
            self.add_error("note", _t("Say why."))
        return data

    @property
    def verb(self) -> dict:
        """Return what `owning.assign` is called with."""
        data = self.cleaned_data
        reason = Stint.Reason(data.get("how") or Stint.Reason.ASSIGNED)
        return {"to": data["to"], "note": data["note"], "override": data.get("override", False), "reason": reason}


class OfferForm(forms.Form):
    """A colleague of any team: customers go where they are looked after best."""

    to = PersonField(_("To whom"))
    reason = words(_("Why"), help_text=_("They read this before they accept."))

    def __init__(self, *args, customers, **kwargs):
        super().__init__(*args, **kwargs)
        owners = {customer.owner_id for customer in customers}
        self.fields["to"].offer(User.objects.sellers().active().exclude(pk__in=owners if len(owners) == 1 else []))


class DeclineForm(forms.Form):
    note = words(_("Why not"), help_text=_("Whoever made the offer reads this."))
