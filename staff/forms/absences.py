"""Recorded leave (policy 6.2)."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff import absences
from staff.models import Absence, User
from staff.permissions import DECIDERS, is_leader, people_in_sight

LONGEST = dt.timedelta(days=366)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AbsenceForm(forms.ModelForm):
    """A new absence, or one that is not over; leaders record those of the people whose work they see.

    Whose absence it is stays as it was written first.
    """

    class Meta:
        model = Absence
        fields = ["person", "since", "until", "delegate", "note"]
        widgets = {"since": DAY, "until": DAY}
        help_texts = {
            "until": _("The last day away; both days count."),
            "delegate": _(
                "Decides on the plans that wait for the person away. Whoever wrote any of a plan is passed over; "
                "with nobody named, the next above decides."
            ),
            "note": _("Seen by whoever sees the absence."),
        }

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        if self.instance.pk or not is_leader(by):
            del self.fields["person"]
            self.instance.person_id = self.instance.person_id or by.pk
        else:
            self._offer_people()
        deciders = User.objects.active().filter(role__in=DECIDERS)
        self.fields["delegate"].queryset = deciders.exclude(pk=self.instance.person_id).order_by("name", "username")
        self.fields["delegate"].empty_label = _("nobody: the next above")

    def _offer_people(self):
        people, seen = User.objects.active(), people_in_sight(self.by)
        self.fields["person"].queryset = people if seen is None else people.filter(pk__in=seen)
        self.fields["person"].initial = self.fields["person"].initial or self.by.pk
        self.fields["person"].empty_label = None

    def clean_until(self):
        """Refuse what is over; the first day may have been before today, as when somebody fell ill."""
        until = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError(_("That day is over: choose today or later."))
        return until

    def clean(self):
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        person = data.get("person") or (None if "person" in self.fields else self.instance.person)
        if since and until:
            if until < since:
                self.add_error("until", _("The last day can't be before the first one."))
            elif until - since > LONGEST:
                self.add_error("until", _("An absence lasts a year at most."))
            elif person:
                self._check_overlap(person, since, until)
        if person and data.get("delegate") == person:
            self.add_error("delegate", _("Choose somebody else: this person is away."))
        return data

    def _check_overlap(self, person, since, until):
        others = Absence.objects.filter(person=person, since__lte=until, until__gte=since).exclude(pk=self.instance.pk)
        other = others.order_by("since").first()
        if other:
            text = _("%(person)s is away from %(since)s until %(until)s already: change that absence instead.")
            self.add_error("since", text % {"person": person, "since": other.since, "until": other.until})

    def save(self):
        """Raise IntegrityError when somebody recorded the same days at the same moment."""
        return absences.record(self.instance, by=self.by)
