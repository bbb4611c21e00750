"""The texts of the product: collected from code and templates and kept in locale/, without GNU gettext on the machine.

Babel reads the Python files; Django's own `templatize` turns a template into the calls that it makes at run time, so
that a text has the same words and placeholders here as on the page. English is the source; each other language has a
catalog.
"""

import ast
import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages import frontend
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

SOURCE = "en"
SIMPLIFIED, TRADITIONAL = "zh_Hans", "zh_Hant"
TEMPLATE_FILES = {".html", ".txt"}
# The functions of django.utils.translation with the places of context, text and plural, as Babel wants them.
CONTEXT = (1, "c")
FUNCTIONS = {
    "_": (1,),
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": (CONTEXT, 2),
    "pgettext_lazy": (CONTEXT, 2),
    "npgettext": (CONTEXT, 2, 3),
    "npgettext_lazy": (CONTEXT, 2, 3),
}
QUOTES = str.maketrans("“”", "「」")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[\d.]*[a-zA-Z]|\{[^{}]*\}")
# Nothing here changes by itself: no dates, no versions, no people.
HEADER = """\
# The texts of Evergreen: `make messages` collects them; `make ci` fails while one lacks its translation.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: {locale}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

Key = tuple[str, str | None]


def locales() -> list[str]:
    """The names of the catalogs: every language but the source."""
    return [to_locale(code) for code, _ in settings.LANGUAGES if code != SOURCE]


def catalog_path(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def collect() -> Catalog:
    """Every text of the project, not translated; raises SyntaxError for a file that can't be read."""
    catalog = Catalog()
    for path in _files([config.path for config in apps.get_app_configs()], {".py"}):
        _add(catalog, path, python_texts(path.read_bytes()))
    for path in _files(settings.TEMPLATES[0]["DIRS"], TEMPLATE_FILES):
        _add(catalog, path, template_texts(path.read_text(encoding="utf-8"), str(path)))
    return catalog


def _files(roots, suffixes):
    """Those of the project itself: a package of the virtual environment translates its own texts."""
    own = [Path(root) for root in roots if Path(root).parent == settings.BASE_DIR]
    return sorted(path for root in own for path in root.rglob("*") if path.suffix in suffixes)


def _add(catalog, path, texts):
    where = path.relative_to(settings.BASE_DIR).as_posix()
    for text, context in texts:
        catalog.add(text, context=context, locations=[(where, 0)])


def python_texts(source: bytes) -> Iterator[tuple]:
    """(text or (text, plural), context) of every literal that is translated."""
    keywords = FUNCTIONS | dict(_renamed(ast.parse(source)))
    for _line, text, _comments, context in extract("python", BytesIO(source), keywords):
        yield text, context


def _renamed(tree):
    """`from django.utils.translation import gettext as _t` makes _t one of the functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from (
                (name.asname, FUNCTIONS[name.name]) for name in node.names if name.asname and name.name in FUNCTIONS
            )


def template_texts(source: str, origin: str | None = None) -> Iterator[tuple]:
    """As `python_texts`, of a template. What templatize leaves has the words of Python: only the indent disturbs."""
    lines = templatize(source, origin=origin).splitlines()
    for _line, text, _comments, context in extract(
        "python", BytesIO("\n".join(map(str.strip, lines)).encode()), FUNCTIONS
    ):
        yield text, context


def read(locale: str) -> Catalog:
    """The catalog of a language as it is kept; empty before its first time."""
    path = catalog_path(locale)
    if not path.is_file():
        return Catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale, ignore_obsolete=True)


def write(locale: str, catalog: Catalog):
    path = catalog_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(locale=locale).encode())
        write_po(file, catalog, width=0, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)


def update(locale: str) -> Catalog:
    """Bring a catalog up to date: translations stay, texts that are gone go, new ones wait.

    A new zh-Hant text is proposed from zh-Hans. It is to be read: the converter knows words, not what is meant.
    """
    kept = messages(read(locale))
    simplified = messages(read(SIMPLIFIED)) if locale == TRADITIONAL else {}
    catalog = Catalog(locale)
    for key, message in messages(collect()).items():
        text = _text_in(kept, key) or traditional(_text_in(simplified, key))
        string = (text,) if message.pluralizable else text
        catalog.add(message.id, string, context=message.context, locations=message.locations)
    write(locale, catalog)
    return catalog


def _text_in(known, key):
    return text_of(known[key]) if key in known else ""


def messages(catalog: Catalog) -> dict[Key, Message]:
    """By (text, context); of a plural the singular is its text."""
    return {(_forms(message)[0], message.context): message for message in catalog if message.id}


def text_of(message: Message) -> str:
    """The translation; Chinese has one form for one and for many."""
    return message.string[0] if message.pluralizable else message.string


def _forms(message):
    return message.id if message.pluralizable else (message.id,)


def problems(wanted: Catalog, catalog: Catalog) -> Iterator[str]:
    """What stands between a catalog and a page without a foreign word, one line each."""
    wanted, kept = messages(wanted), messages(catalog)
    for key, message in sorted(wanted.items(), key=str):
        found = kept.get(key)
        if not found or _forms(found) != _forms(message):
            yield f"not collected: {key[0]!r}"
        elif not text_of(found):
            yield f"not translated: {key[0]!r}"
        elif placeholders(text_of(found)) != placeholders(_forms(message)[-1]):
            yield f"other placeholders than the source: {key[0]!r}"
    for text, _context in sorted(kept.keys() - wanted.keys(), key=str):
        yield f"no longer used: {text!r}"


def placeholders(text: str) -> list[str]:
    """Those in a text, in any order: a sentence may need another one, and there is at most one without a name."""
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))


def compile_catalogs():
    """Write the .mo files that Django reads: the same Babel command as in the Makefile and the Dockerfile."""
    for locale in locales():
        path = catalog_path(locale)
        command = ["compile", "--input-file", str(path), "--output-file", str(path.with_suffix(".mo"))]
        frontend.CommandLineInterface().run(["pybabel", "--quiet", *command])


def traditional(text: str) -> str:
    """zh-Hant for a zh-Hans text: the wording of locale/terms.csv, and OpenCC's Taiwan phrases for the rest."""
    if not text:
        return ""
    terms = _terms()
    longest_first = "|".join(sorted(map(re.escape, terms), key=len, reverse=True))
    pieces = re.split(f"({longest_first})", text)
    return "".join(terms.get(piece) or _converter().convert(piece) for piece in pieces).translate(QUOTES)


@lru_cache
def _terms():
    with (Path(settings.LOCALE_PATHS[0]) / "terms.csv").open(encoding="utf-8", newline="") as file:
        return {row["zh-Hans"]: row["zh-Hant"] for row in csv.DictReader(file)}


@lru_cache
def _converter():
    from opencc import OpenCC  # a package of developers only; nothing else here needs it

    return OpenCC("s2twp")
