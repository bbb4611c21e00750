import django_filters as filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from plans.board import GROUPS
from plans.models import Plan, PlanCustomer
from plans.permissions import DRAFTERS
from staff.offering import people_and_teams
from staff.roles import Role

YUAN = [MinValueValidator(0), MaxValueValidator(10**12)]


def customers(request):
    """Return the customers that may be asked for; seldom one is, and the question is not built for nothing."""
    return Customer.objects.visible_to(request.user) if request.GET.get("customer") else Customer.objects.none()


def states():
    """Return the groups of states, each followed by its own states."""
    for key, (title, members) in GROUPS.items():
        yield key, title
        if len(members) > 1:
            yield from ((state.value, f"· {state.label}") for state in members)
    yield Plan.Status.DROPPED.value, Plan.Status.DROPPED.label


class PlanFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("search"), method="by_text", max_length=100)
    state = filters.ChoiceFilter(label=_("state"), method="by_state", empty_label=_("any state"))
    team = filters.ChoiceFilter(label=_("team"), method="by_team", empty_label=_("any team"))
    author = filters.ChoiceFilter(label=_("drafted by"), empty_label=_("anybody"))
    at_least = filters.NumberFilter(label=_("budget from"), field_name="budget", lookup_expr="gte", validators=YUAN)
    at_most = filters.NumberFilter(label=_("budget up to"), field_name="budget", lookup_expr="lte", validators=YUAN)
    mine = filters.ChoiceFilter(
        label=_("whose"), choices=[("1", _("mine only"))], method="by_me", empty_label=_("everybody's")
    )
    customer = filters.ModelChoiceFilter(label=_("customer"), queryset=customers, method="by_customer")

    class Meta:
        model = Plan
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = list(states())
        if self.request.user.role == Role.REPRESENTATIVE:
            # They see the plans that they help with, whoever drafted them.
            del self.filters["author"], self.filters["team"], self.filters["mine"]
        else:
            self.offer_people()

    def offer_people(self):
        """Offer the people in sight who may draft, and their teams."""
        people, teams = people_and_teams(self.request.user, DRAFTERS)
        self.filters["author"].extra["choices"], self.filters["team"].extra["choices"] = people, teams

    @property
    def chosen_customer(self):
        """Return the customer whose plans are shown, if it is one."""
        return self.form.cleaned_data.get("customer") if self.form.is_valid() or self.form.cleaned_data else None

    def by_text(self, queryset, name, value):
        return queryset.filter(name__icontains=value.strip())

    def by_state(self, queryset, name, value):
        return queryset.filter(status__in=GROUPS[value][1] if value in GROUPS else (value,))

    def by_team(self, queryset, name, value):
        return queryset.filter(team__lineage__contains=[value])

    def by_me(self, queryset, name, value):
        return queryset.filter(author=self.request.user)

    def by_customer(self, queryset, name, value):
        return queryset.filter(pk__in=PlanCustomer.objects.filter(customer=value).values("plan"))
