import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib.dates import add_months, start_of
from customers.choices import Intention, Source
from customers.models import Customer, Extension, Grade, Stint
from customers.ownership import leaving
from customers.ownership.rules import NAMES
from customers.ownership.standing import rules_in_force
from customers.search import matching
from staff.models import User
from staff.offering import people_and_teams
from staff.permissions import SELLERS
from staff.roles import Role


class ByPeople:
    """What filters by owner and team offer: the people in sight."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.request.user.role == Role.REPRESENTATIVE:
            # One's own customers have one owner and one team.
            del self.filters["owner"], self.filters["team"]
        else:
            self.offer_people()

    def offer_people(self):
        """Offer the people in sight who can own customers, and their teams."""
        people, teams = people_and_teams(self.request.user, SELLERS)
        self.filters["owner"].extra["choices"], self.filters["team"].extra["choices"] = people, teams

    def by_team(self, queryset, name, value):
        # The ids, not a join: knowing how many people there are, PostgreSQL chooses the right index.
        people = User.objects.filter(team__lineage__contains=[value])
        return queryset.filter(owner__in=list(people.values_list("pk", flat=True)))


class CustomerFilter(ByPeople, filters.FilterSet):
    q = filters.CharFilter(label=_("search"), method="by_text")
    grade = filters.ChoiceFilter(label=_("grade"), choices=Grade, empty_label=_("any grade"))
    owner = filters.ChoiceFilter(label=_("owner"), empty_label=_("any owner"))
    team = filters.ChoiceFilter(label=_("team"), method="by_team", empty_label=_("any team"))
    source = filters.ChoiceFilter(label=_("source"), choices=Source, empty_label=_("any source"))
    intention = filters.ChoiceFilter(label=_("intention"), choices=Intention, empty_label=_("any intention"))
    returns = filters.NumberFilter(label=_("returns within days"), method="by_return", min_value=0, max_value=400)
    claimed = filters.CharFilter(label=_("claimed in month"), method="by_claim")
    flagged = filters.ChoiceFilter(
        label=_("flagged for the supervisor"),
        field_name="is_flagged",
        choices=[("True", _("flagged only"))],
        empty_label=_("flagged or not"),
    )

    class Meta:
        model = Customer
        fields = ()

    def by_text(self, queryset, name, value):
        return matching(queryset, value, user=self.request.user)

    def by_return(self, queryset, name, value):
        return queryset.due_to_return(by=timezone.localdate() + dt.timedelta(days=int(value)))

    def by_claim(self, queryset, name, value):
        month = month_of(value)
        if month is None:
            return queryset
        claims = Stint.objects.filter(
            customer=OuterRef("pk"),
            owner=OuterRef("owner"),
            start_reason=Stint.Reason.CLAIMED,
            started_at__gte=start_of(month),
            started_at__lt=start_of(add_months(month, 1)),
        )
        return queryset.filter(Exists(claims))


class LeavingFilter(ByPeople, filters.FilterSet):
    """What is about to go to the pool, within the days in which sheets are asked for unless others are named."""

    SHEETS = [
        ("missing", _("sheet missing")),
        ("sent_back", _("sheet sent back")),
        ("written", _("sheet to look at")),
        ("clear", _("sheet clear")),
    ]
    days = filters.NumberFilter(label=_("goes within days"), method="by_days", min_value=0, max_value=400)
    owner = filters.ChoiceFilter(label=_("owner"), empty_label=_("any owner"))
    team = filters.ChoiceFilter(label=_("team"), method="by_team", empty_label=_("any team"))
    rule = filters.ChoiceFilter(
        label=_("rule"), choices=list(NAMES.items()), field_name="returns_rule", empty_label=_("any rule")
    )
    sheet = filters.ChoiceFilter(
        label=_("clearing sheet"), choices=SHEETS, method="by_sheet", empty_label=_("sheet in any state")
    )
    extension = filters.ChoiceFilter(
        label=_("extension"),
        choices=[("asked", _("extension asked for"))],
        method="by_extension",
        empty_label=_("extension or not"),
    )

    class Meta:
        model = Customer
        fields = ()

    def __init__(self, data, *args, **kwargs):
        data = data.copy()
        self.rules = rules_in_force()
        self.sheet_days = self.rules[0].sheet_days
        asked = data.get("days", "")
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and int(asked) <= 400):
            data["days"] = str(self.sheet_days)
        self.until = timezone.localdate() + dt.timedelta(days=int(data["days"]))
        super().__init__(data, *args, **kwargs)

    @property
    def choices_of_days(self) -> list[int]:
        return sorted({3, 7, 14, 30, 90, self.sheet_days, int(self.data["days"])})

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the days is asked for."""
        return any(self.data.get(name) for name in ("owner", "team", "rule", "sheet", "extension"))

    def by_days(self, queryset, name, value):
        return queryset.due_to_return(by=self.until)

    def by_sheet(self, queryset, name, value):
        if value != "missing":
            return leaving.with_sheet(queryset, value, days=self.sheet_days)
        asked_until = timezone.localdate() + dt.timedelta(days=self.sheet_days)
        return leaving.without_sheet(queryset, until=asked_until, days=self.sheet_days)

    def by_extension(self, queryset, name, value):
        return queryset.filter(Exists(Extension.objects.asked().filter(customer=OuterRef("pk"))))


class PoolFilter(filters.FilterSet):
    REASONS = [
        (Stint.Reason.NO_DEAL, _("no first deal")),
        (Stint.Reason.NO_SALE, _("no sale for months")),
        (Stint.Reason.NO_CONTACT, _("no contact")),
        (Stint.Reason.NO_FIRST_CONTACT, _("no contact after the claim")),
        (Stint.Reason.RELEASED, pgettext_lazy("pool", "released")),
        (Stint.Reason.PROBLEM, _("problem customer")),
    ]
    q = filters.CharFilter(label=_("search"), method="by_text")
    grade = filters.ChoiceFilter(label=_("grade"), choices=Grade, empty_label=_("any grade"))
    source = filters.ChoiceFilter(label=_("source"), choices=Source, empty_label=_("any source"))
    reason = filters.ChoiceFilter(
        label=_("why it is here"), choices=REASONS, field_name="stint_reason", empty_label=_("any reason")
    )
    pool = filters.ChoiceFilter(label=_("pool"), empty_label=_("any pool"))
    since = filters.CharFilter(label=_("arrived in month"), method="by_arrival")

    class Meta:
        model = Customer
        fields = ()

    def __init__(self, *args, pools, **kwargs):
        """Offer `pools`, those that the person may look into, where there are several."""
        super().__init__(*args, **kwargs)
        if len(pools) > 1:
            self.filters["pool"].extra["choices"] = [(pool.pk, pool.name) for pool in pools]
        else:
            del self.filters["pool"]

    def by_text(self, queryset, name, value):
        return matching(queryset, value, user=self.request.user)

    def by_arrival(self, queryset, name, value):
        month = month_of(value)
        if month is None:
            return queryset
        return queryset.filter(pooled_at__gte=start_of(month), pooled_at__lt=start_of(add_months(month, 1)))


def month_of(text: str) -> dt.date | None:
    """Read YYYY-MM as the first day of that month; None for anything else."""
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1 < month.year < dt.MAXYEAR else None
