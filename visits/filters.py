import django_filters as filters
from django.utils.translation import gettext_lazy as _

from customers.choices import Channel
from staff.models import User
from visits.models import CallLog


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
