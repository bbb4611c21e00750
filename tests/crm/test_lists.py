"""Lists inside sentences, written as the reader's language does."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils.translation import override

from crm.lib.looks import clauses, listed

TEMPLATES = Path(settings.BASE_DIR) / "templates"
BY_HAND = re.compile(r"""join:["'][,;、；]|forloop\.last %\}[,;、；]""")


@pytest.mark.parametrize(
    ("language", "things", "parts"), [("en", "a, 2", "a; 2"), ("zh-hans", "a、2", "a；2"), ("zh-hant", "a、2", "a；2")]
)
def test_things_and_clauses_are_joined_as_the_readers_language_does(language, things, parts):
    with override(language):
        assert (listed(["a", 2]), clauses(["a", 2])) == (things, parts)
        assert Template("{{ them|listed }}").render(Context({"them": ["<", 2]})) == things.replace("a", "&lt;")


def test_no_template_joins_a_list_by_hand():
    assert [str(path) for path in TEMPLATES.rglob("*.html") if BY_HAND.search(path.read_text())] == []
