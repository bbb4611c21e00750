"""Keyset pages: as fast on the last page as on the first, and a count that stops at a thousand."""

from dataclasses import dataclass
from functools import cached_property

from django.core import signing
from django.db.models import F, Q, QuerySet

SIZE = 50
COUNT_LIMIT = 1000


@dataclass
class KeysetPage:
    """One page of `queryset`, ordered by (`key`, id); `key` is a never-null column or annotation.

    `after` and `before` are cursors of an earlier page; one that was tampered with, or that belongs to a list sorted
    otherwise, shows the first page. `counted` holds the same rows, asked for in the way that counts them soonest.
    """

    queryset: QuerySet
    key: str
    descending: bool = False
    after: str = ""
    before: str = ""
    size: int = SIZE
    counted: QuerySet | None = None
    # Without it the pager says no number: of rows that few see, counting reads as many that they do not see.
    is_counted: bool = True

    @classmethod
    def of(cls, request, queryset, key, *, descending=False, size=SIZE, counted=None):
        """Return the page that the request's `after` or `before` asks for."""
        get = request.GET.get
        return cls(queryset, key, descending, get("after", ""), get("before", ""), size, counted)

    @cached_property
    def rows(self):
        position = self._read(self.before or self.after)
        if position is None:
            self.after = self.before = ""
        backwards = bool(self.before)
        descending = self.descending != backwards
        rows = self._beyond(position, descending)
        rows = list(rows.order_by(*self._order(descending))[: self.size + 1])
        self.has_more = len(rows) > self.size
        rows = rows[: self.size]
        return rows[::-1] if backwards else rows

    def _order(self, descending):
        return (F(self.key).desc(), "-id") if descending else (F(self.key).asc(), "id")

    def _beyond(self, position, descending):
        if position is None:
            return self.queryset
        value, pk = position
        value = self.queryset.query.resolve_ref(self.key).output_field.to_python(value)
        op = "lt" if descending else "gt"
        past = Q(**{f"{self.key}__{op}": value}) | Q(**{self.key: value, f"id__{op}": pk})
        return self.queryset.filter(past, **{f"{self.key}__{op}e": value})

    @property
    def next(self) -> str:
        return self._cursor(-1) if self.rows and (self.has_more or self.before) else ""

    @property
    def previous(self) -> str:
        return self._cursor(0) if self.rows and (self.after or (self.before and self.has_more)) else ""

    def _cursor(self, index):
        row = self.rows[index]
        value = getattr(row, self.key)
        return signing.dumps([str(value), row.pk], salt=self._salt, compress=True)

    @property
    def _salt(self):
        return f"{__name__} {self.queryset.model._meta.label} {self.key}"

    def _read(self, cursor):
        try:
            return signing.loads(cursor, salt=self._salt) if cursor else None
        except signing.BadSignature:
            return None

    @cached_property
    def count(self) -> int:
        """Rows in all, at most COUNT_LIMIT + 1."""
        rows = self.queryset.order_by().values("pk") if self.counted is None else self.counted
        return rows[: COUNT_LIMIT + 1].count()

    @property
    def is_count_capped(self) -> bool:
        return self.count > COUNT_LIMIT
