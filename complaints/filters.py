import datetime as dt
from collections.abc import Callable

import django_filters as filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.board import COLUMNS
from complaints.choices import Cause, Department, Kind, Severity
from complaints.finding import by_words, matching
from complaints.models import Case, Ticket
from crm.lib.dates import start_of
from customers.models import Customer, Grade
from staff.models import User
from staff.permissions import is_leader

LATE, SOON, WAITS = "late", "soon", "waits"
CLOCKS = [(LATE, _("late")), (SOON, _("due within a day")), (WAITS, _("waits for the customer"))]
AGAIN = [
    ("repeat", _("repeats an earlier one")),
    ("round", _("not satisfied at first")),
    ("reopened", _("opened again")),
]
# Words that come from other pages; their fields are not shown.
CHIPS = ("customer", "cause", "department", "product", "grade", "again", "satisfaction")
NONE = "none"
DAY = dt.timedelta(days=1)
LONGEST = 100


def customers(request):
    return Customer.objects.visible_to(request.user)


def states():
    """Return the columns of the board, each followed by its own states."""
    for key, (title, members) in COLUMNS.items():
        if len(members) > 1:
            yield key, title
            yield from ((state.value, f"· {state.label}") for state in members)
        else:
            yield members[0].value, members[0].label


def among(choices) -> Callable:
    """Return what returns `choices`: a filter that holds choices themselves copies each of them on every page."""
    return lambda: choices


class TicketFilter(filters.FilterSet):
    """What narrows the queue and the board; the words of CHIPS come from the statistics."""

    q = filters.CharFilter(label=_("search"), method="by_text", max_length=LONGEST)
    state = filters.ChoiceFilter(label=_("state"), choices=states, method="by_state", empty_label=_("any state"))
    kind = filters.ChoiceFilter(label=_("kind"), choices=among(Kind.choices), empty_label=_("any kind"))
    severity = filters.ChoiceFilter(label=_("severity"), choices=among(Severity.choices), empty_label=_("any severity"))
    clock = filters.ChoiceFilter(
        label=_("clock"), choices=among(CLOCKS), method="by_clock", empty_label=_("late or not")
    )
    responsible = filters.ChoiceFilter(label=_("responsible person"), empty_label=_("any person responsible"))
    since = filters.DateFilter(label=_("received from"), method="by_since")
    until = filters.DateFilter(label=_("received until"), method="by_until")
    customer = filters.ModelChoiceFilter(label=_("customer"), queryset=customers)
    cause = filters.ChoiceFilter(
        label=_("cause"), choices=among([*Cause.choices, (NONE, _("cause not known"))]), method="by_word"
    )
    department = filters.ChoiceFilter(
        label=_("responsible department"),
        choices=among([*Department.choices, (NONE, _("no department named"))]),
        method="by_word",
    )
    product = filters.CharFilter(label=_("product"), max_length=LONGEST)
    grade = filters.ChoiceFilter(
        label=_("grade"), choices=among([*Grade.choices, (NONE, _("no grade, or not known"))]), method="by_grade"
    )
    again = filters.ChoiceFilter(label=_("again"), choices=among(AGAIN), method="by_again")
    satisfaction = filters.ChoiceFilter(
        label=_("satisfaction"), choices=among(Ticket._meta.get_field("satisfaction").choices)
    )

    class Meta:
        model = Ticket
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if is_leader(self.request.user):
            people = User.objects.visible_to(self.request.user).active().only("name", "username").order_by("name", "pk")
            self.filters["responsible"].extra["choices"] = [(person.pk, str(person)) for person in people]
        else:
            del self.filters["responsible"]

    @property
    def chips(self) -> list[tuple[str, str, str, str]]:
        """Return the narrowing words that no field offers: the word, its value, what it says, the address without."""
        data = self.form.cleaned_data if self.form.is_valid() or self.form.cleaned_data else {}
        given = [word for word in CHIPS if data.get(word)]
        return [
            (word, self.data.get(word), _said(self.form.fields[word], data[word]), self._without(word))
            for word in given
        ]

    def _without(self, word):
        words = self.data.copy()
        for name in (word, "after", "before"):
            words.pop(name, None)
        return f"?{words.urlencode()}"

    def by_text(self, queryset, name, value):
        return matching(queryset, value, user=self.request.user)

    def by_state(self, queryset, name, value):
        return queryset.filter(status__in=COLUMNS[value][1] if value in COLUMNS else (value,))

    def by_clock(self, queryset, name, value):
        now = timezone.now()
        if value == WAITS:
            return queryset.open().filter(stopped_at__isnull=False)
        late = Q(due_at__lt=now) | Q(first_due_at__lt=now)
        if value == LATE:
            return queryset.open().filter(late)
        return queryset.open().exclude(late).filter(Q(due_at__lt=now + DAY) | Q(first_due_at__lt=now + DAY))

    def by_since(self, queryset, name, value):
        return queryset.filter(received_at__gte=start_of(value)) if is_day(value) else queryset

    def by_until(self, queryset, name, value):
        return queryset.filter(received_at__lt=start_of(value + DAY)) if is_day(value) else queryset

    def by_grade(self, queryset, name, value):
        """Ask for the grade only of customers in sight: what may not be read can't be filtered by."""
        if value == NONE:
            return queryset.exclude(customer__in=customers(self.request).exclude(grade=""))
        return queryset.filter(customer__in=customers(self.request).filter(grade=value))

    def by_word(self, queryset, name, value):
        return queryset.filter(**{name: "" if value == NONE else value})

    def by_again(self, queryset, name, value):
        found = {"repeat": Q(repeats__isnull=False), "round": Q(rounds__gt=0), "reopened": Q(reopened__gt=0)}
        return queryset.filter(found[value])


def is_day(value: dt.date) -> bool:
    """Whether the calendar reaches as far: a day at the end of time has no day after it, nor a moment in UTC."""
    return dt.MINYEAR < value.year < dt.MAXYEAR


def _said(field, value):
    return str(dict(field.choices).get(value, value)) if isinstance(field, filters.fields.ChoiceField) else str(value)


class CaseFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("search"), method="by_text", max_length=LONGEST)
    kind = filters.ChoiceFilter(label=_("kind"), choices=among(Kind.choices), empty_label=_("any kind"))
    cause = filters.ChoiceFilter(label=_("cause"), choices=among(Cause.choices), empty_label=_("any cause"))
    department = filters.ChoiceFilter(
        label=_("responsible department"), choices=among(Department.choices), empty_label=_("any department")
    )
    product = filters.CharFilter(label=_("product"), lookup_expr="icontains", max_length=LONGEST)

    class Meta:
        model = Case
        fields = ()

    def by_text(self, queryset, name, value):
        return queryset.filter(by_words(value, "title"))
