import datetime as dt

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.lib.dates import start_of
from customers.choices import Channel
from customers.models import Customer
from customers.search import matching
from staff.models import User
from staff.permissions import is_leader
from visits.models import CallLog, Message, Promise, SiteVisit


def people(request):
    return User.objects.visible_to(request.user)


class CallLogFilter(filters.FilterSet):
    by = filters.ModelChoiceFilter(label=_("by"), queryset=people, empty_label=_("anybody"))
    outcome = filters.ChoiceFilter(label=_("outcome"), choices=CallLog.Outcome, empty_label=_("any outcome"))
    channel = filters.ChoiceFilter(label=_("channel"), choices=Channel, empty_label=_("any channel"))
    on = filters.DateFilter(label=_("on day"))

    class Meta:
        model = CallLog
        fields = ()


def customers(request):
    return Customer.objects.visible_to(request.user)


class SiteVisitFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("customer or technician"), method="by_text", max_length=100)
    kind = filters.ChoiceFilter(label=_("kind"), choices=SiteVisit.Kind, empty_label=_("any kind"))
    status = filters.ChoiceFilter(label=_("state"), choices=SiteVisit.Status)
    customer = filters.ModelChoiceFilter(label=_("customer"), queryset=customers)
    since = filters.DateFilter(label=_("from day"), method="by_day")

    class Meta:
        model = SiteVisit
        fields = ()

    @property
    def chosen_customer(self):
        """Return the customer whose visits are shown, if it is one."""
        return self.form.cleaned_data.get("customer") if self.form.is_valid() or self.form.cleaned_data else None

    def by_text(self, queryset, name, value):
        known = matching(Customer.objects.visible_to(self.request.user), value, user=self.request.user)
        return queryset.filter(Q(technician__icontains=value.strip()) | Q(customer__in=known.values("pk")))

    def by_day(self, queryset, name, value):
        return queryset.filter(planned_from__gte=start_of(value)) if 1 < value.year < dt.MAXYEAR else queryset


class MessageFilter(filters.FilterSet):
    status = filters.ChoiceFilter(label=_("state"), choices=Message.Status, empty_label=_("any state"))
    channel = filters.ChoiceFilter(label=_("channel"), choices=Message.Channel, empty_label=_("any channel"))
    by = filters.ModelChoiceFilter(label=_("by"), queryset=people, empty_label=_("anybody"))
    customer = filters.ModelChoiceFilter(label=_("customer"), queryset=customers)

    class Meta:
        model = Message
        fields = ()

    @property
    def selects(self):
        return [self.form[name] for name in ("status", "channel", "by")]

    chosen_customer = SiteVisitFilter.chosen_customer


class PromiseFilter(filters.FilterSet):
    """Open promises unless others are asked for."""

    STATES = [("open", _("Open")), ("late", _("Late")), ("kept", _("Kept"))]
    state = filters.ChoiceFilter(label=_("state"), choices=STATES, method="by_state")
    person = filters.ModelChoiceFilter(
        label=_("who stands for it"), field_name="owner", queryset=people, empty_label=_("anybody")
    )

    class Meta:
        model = Promise
        fields = ()

    def __init__(self, data, *args, **kwargs):
        data = data.copy()
        if data.get("state") not in dict(self.STATES):
            data["state"] = "open"
        self.state = data["state"]
        super().__init__(data, *args, **kwargs)
        if not is_leader(self.request.user):
            del self.filters["person"]

    def by_state(self, queryset, name, value):
        return getattr(queryset, value)()
