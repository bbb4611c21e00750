import django_filters as filters
from django.db.models import Q
from django.forms import TextInput
from django.utils.translation import gettext_lazy as _

from staff.models import Team, User
from staff.roles import Role


class TeamByPathFilter(filters.ModelChoiceFilter):
    """Offers teams by their whole path: names repeat in a tree."""

    @property
    def field(self):
        field = super().field
        field.label_from_instance = lambda team: team.path
        return field


class PersonFilter(filters.FilterSet):
    ACTIVE = [("yes", _("may sign in")), ("no", _("may not sign in"))]
    q = filters.CharFilter(
        label=_("search"), method="by_text", widget=TextInput(attrs={"type": "search", "maxlength": 100})
    )
    role = filters.ChoiceFilter(label=_("role"), choices=Role, empty_label=_("any role"))
    team = TeamByPathFilter(label=_("team"), queryset=Team.objects.all(), method="by_team", empty_label=_("any team"))
    active = filters.ChoiceFilter(
        label=_("may sign in"), choices=ACTIVE, method="by_activity", empty_label=_("everybody")
    )

    class Meta:
        model = User
        fields = ()

    def by_text(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(username__icontains=value))

    def by_team(self, queryset, name, value):
        return queryset.filter(team__lineage__contains=[value.pk])

    def by_activity(self, queryset, name, value):
        return queryset.filter(is_active=value == "yes")
