import gettext
import shutil
from io import StringIO
from pathlib import Path

import pytest
from babel.messages import frontend
from babel.messages.catalog import Catalog
from django.apps import apps
from django.core.management import call_command
from django.template import Context, Engine, Template
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trim_whitespace

from crm import texts
from tests.crm import literals

SIMPLIFIED, TRADITIONAL = texts.SIMPLIFIED, texts.TRADITIONAL


@pytest.fixture
def scratch(tmp_path, settings):
    """A locale/ of one's own, with the terms of the project."""
    shutil.copy(Path(settings.LOCALE_PATHS[0]) / "terms.csv", tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    return tmp_path


@pytest.fixture
def project(monkeypatch):
    """The texts that the project is taken to have."""
    found = {"Save": "", ("%(n)s row", "%(n)s rows"): ""}
    monkeypatch.setattr(texts, "collect", lambda: catalog(found))
    return found


def catalog(entries, context=None):
    made = Catalog("zh_Hans")
    for text, translated in entries.items():
        made.add(
            text, (translated,) if isinstance(text, tuple) else translated, context=context, locations=[("a.py", 3)]
        )
    return made


def translations(locale):
    return {key[0]: texts.text_of(message) for key, message in texts.messages(texts.read(locale)).items()}


def templates():
    return sorted(
        path
        for root in Engine.get_default().dirs
        for path in Path(root).rglob("*")
        if path.suffix in texts.TEMPLATE_FILES
    )


def test_every_text_is_translated():
    wanted = texts.collect()
    assert len(wanted) > 500
    assert {locale: list(texts.problems(wanted, texts.read(locale))) for locale in texts.locales()} == {
        SIMPLIFIED: [],
        TRADITIONAL: [],
    }


def test_no_template_shows_a_text_that_nothing_translates():
    assert [line for path in templates() for line in literals.in_template(path)] == []


def test_no_code_shows_a_text_that_nothing_translates(settings):
    rooms = [Path(room.path) for room in apps.get_app_configs() if Path(room.path).parent == settings.BASE_DIR]
    files = [path for room in rooms for path in sorted(room.rglob("*.py")) if "migrations" not in path.parts]
    assert [line for path in files for line in literals.in_python(path)] == []


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("<p>Hello</p>", 1),
        ('<p>{% translate "Hello" %} <kbd>Ctrl ↵</kbd> · 简</p>', 0),
        ('<p title="{% if x %}你好{% endif %}">{{ x }}</p>', 1),
        ('<a data-confirm="Really?" class="btn{% if x %} on{% endif %}" href="/a">{{ y|default:"nothing" }}</a>', 2),
        ('<table translate="no"><tr><td>N00001</td></tr></table><p>N00001</p>', 1),
        ('{% include "includes/empty.html" with icon="users" title="Nothing" %}', 1),
        ('{% blocktranslate with a="b" %}Hello{% endblocktranslate %}{% comment %}Hello{% endcomment %}{# Hello #}', 0),
    ],
)
def test_a_literal_in_a_template_is_found(source, number, tmp_path):
    (tmp_path / "page.html").write_text(source)
    assert len(list(literals.in_template(tmp_path / "page.html"))) == number


@pytest.mark.parametrize(
    "source",
    [
        'name = models.CharField("name", max_length=9)',
        'name = forms.CharField(label="name")',
        'class Meta:\n    verbose_name = "order"',
        'class State(models.TextChoices):\n    OPEN = "open", "still open"',
        'class State(models.TextChoices):\n    OPEN = "open"',
        'messages.success(request, f"Saved {name}.")',
        'raise forms.ValidationError("Too long: %s" % name)',
        'raise TooLate("Gone")',
        'form.add_error("name", "Too long")',
        'field = forms.TextInput(attrs={"placeholder": "name"})',
        "_(text)",
    ],
)
def test_a_literal_in_code_is_found(source, tmp_path):
    (tmp_path / "code.py").write_text(source)
    assert len(list(literals.in_python(tmp_path / "code.py"))) == 1


def test_what_is_translated_is_no_literal(tmp_path):
    source = (
        'name = models.CharField(_("name"), default="none")\nteam = models.ForeignKey("staff.Team", help_text=_t("x"))'
    )
    (tmp_path / "code.py").write_text(source)
    assert list(literals.in_python(tmp_path / "code.py")) == []


@pytest.fixture
def asked(monkeypatch):
    """What a template asks translations for while it is drawn: (text, or text and plural; context)."""
    calls = set()

    def record(name, key):
        def answer(*args):
            text, context = key(*args)
            calls.add((text, context))
            return text[-1] if isinstance(text, tuple) else text

        monkeypatch.setattr(translation._trans, name, answer, raising=False)

    record("gettext", lambda text: (text, None))
    record("pgettext", lambda context, text: (text, context))
    record("ngettext", lambda one, many, number: ((one, many), None))
    record("npgettext", lambda context, one, many, number: ((one, many), context))
    return calls


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "Save" %}{% trans "Save it" as label %}{{ label }}',
        '{% translate "F Y" context "month" %}',
        '{% translate "100% sure" %}',
        "{% blocktranslate trimmed %}\n  Hello\n  {{ name }},  welcome {% endblocktranslate %}",
        "{% blocktranslate %}Hello\n  {{ name }} 100%{% endblocktranslate %}",
        "{% blocktranslate trimmed context 'door' asvar note %} Open {% endblocktranslate %}{{ note }}",
        "{% blocktranslate trimmed count n=2 with x=y %} one {% plural %} {{ n }}\n{{ x }}{% endblocktranslate %}",
        "{% blocktranslate count n=3 context 'table' %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
        '{{ name|default:_("nobody") }}{% if name == _("somebody") %}{% endif %}',
    ],
)
def test_a_template_is_collected_as_it_asks_at_run_time(source, asked):
    Template("{% load i18n %}" + source).render(Context({"rows": [1, 2], "name": ""}))
    collected = list(texts.template_texts(source))
    assert collected
    assert set(collected) == asked


@pytest.mark.parametrize("path", templates(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_tag_of_a_template_is_collected(path):
    nodes = Template(path.read_text()).nodelist
    collected = {text for text, _context in texts.template_texts(path.read_text())}
    blocks = {_asked_by_block(node) for node in nodes.get_nodes_by_type(BlockTranslateNode)}
    tags = {node.filter_expression.var.literal.replace("%", "%%") for node in nodes.get_nodes_by_type(TranslateNode)}
    assert blocks | tags <= collected


def _asked_by_block(node: Node):
    trimmed = trim_whitespace if node.trimmed else str
    one, many = (trimmed(node.render_token_list(tokens)[0]) for tokens in (node.singular, node.plural or []))
    return (one, many) if node.plural else one


def test_code_is_collected_whatever_the_functions_are_called():
    source = b"""
from django.utils.translation import gettext as _t, ngettext_lazy, pgettext_lazy as _p
from django.utils import translation
_t("one" " text")
_p("industry", "finance")
ngettext_lazy("%d day", "%d days", "number")
translation.gettext("two")
other("three")
"""
    assert list(texts.python_texts(source)) == [
        ("one text", None),
        ("finance", "industry"),
        (("%d day", "%d days"), None),
        ("two", None),
    ]


def test_new_texts_wait_translated_ones_stay_and_old_ones_go(scratch, project):
    texts.write(SIMPLIFIED, catalog({"Save": "保存", "Old": "旧"}))
    texts.update(SIMPLIFIED)
    assert translations(SIMPLIFIED) == {"Save": "保存", "%(n)s row": ""}


def test_collecting_again_changes_no_byte(scratch, project):
    texts.write(SIMPLIFIED, catalog({"Save": "保存"}))
    call_command("messages", stdout=StringIO())
    first = [texts.catalog_path(locale).read_bytes() for locale in texts.locales()]
    call_command("messages", stdout=StringIO())
    assert [texts.catalog_path(locale).read_bytes() for locale in texts.locales()] == first
    assert b":3" not in first[0] and b"Date" not in first[0]


def test_the_traditional_text_is_proposed_and_never_overwritten(scratch, project):
    project["Log"] = ""
    texts.write(SIMPLIFIED, catalog({"Save": "保存", "Log": "“日志”：查看到账的默认联系人"}))
    texts.write(TRADITIONAL, catalog({"Save": "存檔"}))
    texts.update(TRADITIONAL)
    assert translations(TRADITIONAL) == {"Save": "存檔", "Log": "「日誌」：查看到帳的預設聯絡人", "%(n)s row": ""}


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ({"Save": ""}, "not translated"),
        ({"Save": "保存", "Old": "旧"}, "no longer used"),
        ({"Save": "保存%s"}, "other placeholders"),
        ({"Save": "保存%(name)s"}, "other placeholders"),
        ({"Save": "保存{}"}, "other placeholders"),
        ({}, "not collected"),
        ({("Save", "Save all"): "保存"}, "not collected"),
        ({"Save": "保存"}, None),
    ],
)
def test_a_problem_is_named(entries, problem):
    found = list(texts.problems(catalog({"Save": ""}), catalog(entries)))
    assert [line.split(":")[0] for line in found] == (
        [f"{problem} than the source" if "other" in problem else problem] if problem else []
    )


def test_a_plural_keeps_the_placeholders_of_its_plural():
    wanted = catalog({("one row", "%(n)s rows"): ""})
    assert list(texts.problems(wanted, catalog({("one row", "%(n)s rows"): "%(n)s行"}))) == []
    assert len(list(texts.problems(wanted, catalog({("one row", "%(n)s rows"): "一行"})))) == 1


def test_the_same_text_in_another_context_is_another_text():
    wanted = catalog({"A": ""}, context="grade")
    assert sorted(line.split(":")[0] for line in texts.problems(wanted, catalog({"A": "甲"}))) == [
        "no longer used",
        "not collected",
    ]


def test_check_ends_with_1_while_something_is_missing(scratch, project):
    with pytest.raises(SystemExit) as ended:
        call_command("messages", "--check", stderr=(errors := StringIO()))
    assert ended.value.code == 1
    assert "zh_Hans: not collected: 'Save'" in errors.getvalue()
    for locale in texts.locales():
        texts.write(locale, catalog({"Save": "保存", ("%(n)s row", "%(n)s rows"): "%(n)s行"}))
    call_command("messages", "--check", stdout=StringIO())


def test_compiled_as_by_make(scratch, project):
    texts.write(SIMPLIFIED, catalog({"Save": "保存", ("%(n)s row", "%(n)s rows"): "%(n)s行"}))
    texts.write(TRADITIONAL, catalog({"Save": "儲存"}))
    call_command("messages", "--compile")
    path = texts.catalog_path(SIMPLIFIED)
    read = gettext.GNUTranslations(path.with_suffix(".mo").open("rb"))
    assert (read.gettext("Save"), read.ngettext("%(n)s row", "%(n)s rows", 3)) == ("保存", "%(n)s行")
    frontend.CommandLineInterface().run(
        ["pybabel", "-q", "compile", "--input-file", str(path), "--output-file", str(scratch / "made.mo")]
    )
    assert (scratch / "made.mo").read_bytes() == path.with_suffix(".mo").read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "title"), [("en", "Sign in"), ("zh-hans", "登录"), ("zh-hant", "登入")])
def test_the_first_page_speaks_the_language_of_the_reader(client, language, title):
    page = client.get(reverse("staff:login"), headers={"accept-language": language}).content.decode()
    assert f'<h1 class="h2 mb-3">{title}</h1>' in page
    assert f'lang="{language}"' in page.lower()
