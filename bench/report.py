"""The figures, for people and as JSON; ratios are what to remember, milliseconds depend on the machine."""

from bench.clock import median, p95
from bench.pages import QUERY_LIMIT, RATIO_LIMIT, TODAY_LIMIT, Page

HEAD = ("page", "as", "median ms", "p95 ms", "queries", "× floor", "× bare", "budget")
WIDTHS = (30, 15, 10, 9, 8, 8, 8, 7)
NIGHT_HEAD = ("night", "seconds", "rows", "× bare")
NIGHT_WIDTHS = (42, 9, 10, 8)


def figures(pages: list[Page]) -> list[dict]:
    """Return one row per page; the first two pages are the floor page and the bare page."""
    floor, bare = (median(page.times) or 1.0 for page in pages[:2])
    return [_figures_of(page, floor, bare) for page in pages if page.times]


def _figures_of(page, floor, bare):
    middle = median(page.times)
    row = {
        "page": page.name,
        "as": str(page.role),
        "url": page.posts[0][0] if page.is_verb else page.url,
        "median_ms": round(middle, 2),
        "p95_ms": round(p95(page.times), 2),
        "queries": page.queries,
        "query_limit": page.query_limit,
        "ratio_to_floor": round(middle / floor, 2),
        "ratio_to_bare": round(middle / bare, 2),
        "budget": "",
    }
    if page.is_budgeted:
        is_over = row["ratio_to_floor"] > RATIO_LIMIT or page.queries > page.query_limit
        row["budget"] = "over" if is_over else "ok"
    if page.bare_limit:
        row["budget"] = "over" if row["ratio_to_bare"] > page.bare_limit else "ok"
    return row


def is_over(rows: list[dict]) -> bool:
    return any(row["budget"] == "over" for row in rows)


def print_pages(rows: list[dict]) -> None:
    print(_line(HEAD, WIDTHS, 2))
    for row in rows:
        cells = [
            row[key]
            for key in ("page", "as", "median_ms", "p95_ms", "queries", "ratio_to_floor", "ratio_to_bare", "budget")
        ]
        print(_line(cells, WIDTHS, 2))
    print(f"Budget: at most {RATIO_LIMIT} × the floor page and {QUERY_LIMIT} queries (Today {TODAY_LIMIT}).")


def print_night(rows: list[dict]) -> None:
    print()
    print(_line(NIGHT_HEAD, NIGHT_WIDTHS, 1))
    for row in rows:
        print(_line([row["name"], row["seconds"], row["rows"], row["ratio_to_bare"]], NIGHT_WIDTHS, 1))


def _line(cells, widths, texts):
    """Put cells into columns: the first `texts` to the left, figures to the right, Chinese counted as two wide."""
    parts = []
    for n, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
        gap = " " * max(0, width - sum(2 if ord(letter) > 0x2E7F else 1 for letter in text))
        parts.append(text + gap if n < texts else gap + text)
    return "  ".join(parts)
