"""Finds texts that a person would read and that nothing translates: in templates and in Python."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

LETTERS = re.compile(r"[A-Za-z\u00c0-\u024f\u3400-\u9fff]+")
# The same in every language: language names, and what stands on a key.
ALLOWED = {"English", "EN", "简体中文", "简", "繁體中文", "繁", "Evergreen", "常青", "Ctrl", "K"}
# Defaults of class names and hidden fields.
ALLOWED |= {"azure", "secondary", "all"}
# A sign, though it stands among the letters.
ALLOWED |= {"×"}
# What the eye or a screen reader meets; data-… are texts that scripts show.
ATTRIBUTES = re.compile(
    r"placeholder|title|alt|aria-label|aria-description|data-label|data-confirm(-button)?|data-text-.*"
)
SILENT = {"kbd", "code", "script"}
# {% include … with title="…" %} and {{ name|default:"…" }}
ARGUMENT = re.compile(r"""\b(?:title|text|label|action|hint|note|unit|message)=("[^"]*"|'[^']*')""")
DEFAULT = re.compile(r"""\|(?:default|default_if_none|yesno|pluralize|add|join):("[^"]*"|'[^']*')""")

KEYWORDS = {"verbose_name", "verbose_name_plural", "label", "help_text", "empty_label", "placeholder"}
MESSAGES = {"debug", "info", "success", "warning", "error"}
REFUSALS = {"ValidationError", "TooLate"}
FIELDS_NAMING_A_MODEL = {"ForeignKey", "OneToOneField", "ManyToManyField"}
TRANSLATED = re.compile(r"_[tp]?|n?p?gettext(_lazy)?")


def words(text: str) -> list[str]:
    return [word for word in LETTERS.findall(text) if word not in ALLOWED]


def in_template(path: Path) -> Iterator[str]:
    source, findings = _without_tags(path.read_text(encoding="utf-8"))
    reader = _Reader()
    reader.feed(source)
    reader.close()
    for line, text in findings + reader.found:
        yield f"{path}:{line}: {' '.join(text.split())}"


def _without_tags(source):
    """The HTML between the tags, line by line where it was, and the texts inside tags that nothing translates."""
    left, findings, until = [], [], ""
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type == TokenType.TEXT and not until:
            left.append(token.contents)
            continue
        if token.token_type == TokenType.BLOCK and name == until:
            until = ""
        elif token.token_type == TokenType.BLOCK and not until and name in {"blocktranslate", "blocktrans", "comment"}:
            until = f"end{name}"
        if token.token_type != TokenType.TEXT and name != "translate":
            findings += [(token.lineno, text) for text in _in_tag(token) if words(text)]
        left.append("\n" * token.contents.count("\n"))
    return "".join(left), findings


def _in_tag(token):
    pattern = ARGUMENT if token.token_type == TokenType.BLOCK else DEFAULT
    return pattern.findall(token.contents) if token.token_type != TokenType.COMMENT else []


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open = [], []

    def handle_starttag(self, tag, attributes):
        if tag in SILENT or ("translate", "no") in attributes:
            self.open.append(tag)
        shown = [value for name, value in attributes if value and ATTRIBUTES.fullmatch(name)]
        self.found += [(self.getpos()[0], value) for value in shown if words(value)]

    def handle_endtag(self, tag):
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, data):
        if not self.open and words(data):
            self.found.append((self.getpos()[0], data))


def in_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        for text in _shown(node):
            if _is_literal(text):
                yield f"{path}:{text.lineno}: {ast.unparse(text)}"
        if _called(node) and TRANSLATED.fullmatch(_called(node)) and not isinstance(node.args[0], ast.Constant):
            yield f"{path}:{node.lineno}: only literals can be collected: {ast.unparse(node)}"


def _shown(node) -> list[ast.AST]:
    """The expressions of a node that end on a page."""
    if isinstance(node, ast.Call):
        return [word.value for word in node.keywords if word.arg in KEYWORDS] + _arguments(node)
    if isinstance(node, ast.Dict):
        return [value for key, value in zip(node.keys, node.values, strict=True) if _name(key) in KEYWORDS]
    if isinstance(node, ast.ClassDef):
        return _labels(node)
    if isinstance(node, ast.Assign) and any(_name(target) in KEYWORDS for target in node.targets):
        return [node.value]
    return []


def _arguments(call):
    owner = _name(getattr(call.func, "value", None))
    called = _called(call)
    if called in REFUSALS or (owner in {"models", "forms"} and called.endswith("Field")):
        return [] if called in FIELDS_NAMING_A_MODEL else call.args[:1]
    if called == "add_error" or (owner == "messages" and called in MESSAGES):
        return call.args[1:2]
    return []


def _labels(cls):
    """The labels of choices: the last of the values, or none at all."""
    if not any(_name(base).endswith("Choices") for base in cls.bases):
        return []
    values = [line.value for line in cls.body if isinstance(line, ast.Assign)]
    return [value.elts[-1] if isinstance(value, ast.Tuple) else value for value in values]


def _called(node):
    return _name(node.func) if isinstance(node, ast.Call) else ""


def _name(node):
    if isinstance(node, ast.Constant):
        return str(node.value)
    return getattr(node, "attr", getattr(node, "id", ""))


def _is_literal(node):
    """A text in quotes, also an f-string or one that % or format() fills."""
    if isinstance(node, ast.BinOp):
        return _is_literal(node.left) or _is_literal(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and _is_literal(node.func.value)
    if isinstance(node, ast.JoinedStr):
        return any(map(_is_literal, node.values))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(words(node.value))
