import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.filters import month_of
from customers.models import Customer
from customers.search import matching
from sales.models import Order
from staff.models import User
from staff.permissions import people_in_sight
from staff.roles import Role


def sellers(request):
    """Return the people in sight to whom orders can be credited."""
    return User.objects.visible_to(request.user).exclude(role=Role.FINANCE).order_by("name")


def customers(request):
    return Customer.objects.visible_to(request.user)


class OrderFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("search"), method="by_text")
    status = filters.ChoiceFilter(label=_("state"), choices=Order.Status)
    salesperson = filters.ModelChoiceFilter(label=_("salesperson"), queryset=sellers, empty_label=_("any salesperson"))
    month = filters.CharFilter(label=_("paid in month"), method="by_month")
    customer = filters.ModelChoiceFilter(label=_("customer"), queryset=customers)
    sold = filters.ChoiceFilter(label=_("credited to people in sight"), choices=[("1", "1")], method="by_sight")

    class Meta:
        model = Order
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.request.user.role == Role.REPRESENTATIVE:
            del self.filters["salesperson"]

    @property
    def chosen_customer(self):
        """Return the customer whose orders are shown, if it is one."""
        return self.form.cleaned_data.get("customer") if self.form.is_valid() or self.form.cleaned_data else None

    def by_text(self, queryset, name, value):
        known = matching(Customer.objects.visible_to(self.request.user), value, user=self.request.user)
        return queryset.filter(Q(number__icontains=value.strip()) | Q(customer__in=known.values("pk")))

    def by_month(self, queryset, name, value):
        month = month_of(value)
        return queryset.paid_in(month) if month else queryset

    def by_sight(self, queryset, name, value):
        return queryset.sold_by(people_in_sight(self.request.user))
