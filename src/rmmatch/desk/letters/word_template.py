"""A letter of the coordinator's own in Word: opened, and checked before the first letter.

A template is text with fields such as ``{{ first_name }}``, loops and conditions, and nothing that
could reach beyond the fields of a letter: what is allowed is listed here, and everything else is
refused. It is filled in by a sandbox besides.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmmatch.desk.letters.rows import LISTS, PARTNER_FIELDS
from rmmatch.errors import MissingExtraError, Problem, ProblemsError, nearest
from rmmatch.files.access import access_fault

if TYPE_CHECKING:
    from docxtpl import DocxTemplate
    from jinja2 import Environment, nodes

__all__ = ["FILTERS", "WordTemplate", "load_template"]

FILTERS = ("capitalize", "join", "length", "lower", "title", "upper")
"""What may stand after a bar: ``{{ name|upper }}``."""

_MAX_BYTES = 20_000_000  # of a template
_MAX_UNPACKED_BYTES = 100_000_000  # a small file can unpack to more than memory holds
_MAX_DEPTH = 3  # loops in loops
_TEXT, _PARTNERS, _PARTNER, _LINES, _LOOP = "text", "partners", "partner", "lines", "loop"
_LOOP_FIELDS = ("first", "last", "index", "length")
_LISTS_OF_PARTNER = ("about", "reasons")
# What python-docx raises for a package that is something else, or cut.
_NO_DOCUMENT = (KeyError, ValueError, AttributeError, NotImplementedError, OSError)
_TAG = re.compile(r"\{\{|\{%|\{#")
_MARKUP = re.compile(r"<[^>]+>")
_NOT_BODY = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d*\.xml|docProps/core\.xml")
_ALLOWED_NODES = {
    *("Template", "Output", "TemplateData", "Name", "Getattr", "For", "If", "CondExpr"),
    *("Compare", "Operand", "And", "Or", "Not", "Const", "Filter", "Concat", "List", "Tuple"),
}


class WordTemplate:
    """A template that has been checked.

    Parameters
    ----------
    name : str
        Of the file.
    content : bytes
    environment : jinja2 Environment
        The sandbox.
    """

    def __init__(self, name: str, content: bytes, environment: Environment) -> None:
        self.name, self.content = name, content
        self._environment = environment

    def filled(self, context: Mapping[str, Any]) -> DocxTemplate:
        """Return the document with the fields of a letter in it.

        Parameters
        ----------
        context : mapping of str
            As `Letter.context` returns it.
        """
        from docxtpl import DocxTemplate

        document = DocxTemplate(io.BytesIO(self.content))
        document.render(dict(context), self._environment, autoescape=True)
        return document


def load_template(path: Path, fields: Collection[str]) -> WordTemplate:
    """Open a template and check it.

    Parameters
    ----------
    path : Path
        Of a .docx file.
    fields : collection of str
        What letters of this run have, as `fields_of_run` returns it.

    Raises
    ------
    MissingExtraError
        docxtpl is not installed.
    ProblemsError
        It is no Word document, it names a field that there is not, or it has what a template may
        not have; all problems are listed.
    """
    try:
        import docxtpl  # noqa: F401
    except ImportError:
        raise MissingExtraError("docxtpl", "letters", "letters in Word") from None
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _no_document(path, "is larger than 20 MB")
        content = path.read_bytes()
    except OSError as error:
        reason, remedy = access_fault(error, "read", "name the Word file of your letter")
        problem = Problem(str(path), "", "", "", reason, remedy, code="unreadable_file")
        raise ProblemsError([problem]) from None
    environment = _sandbox()
    problems = list(_problems(path, content, environment, fields))
    if problems:
        raise ProblemsError(dict.fromkeys(problems))
    return WordTemplate(path.name, content, environment)


def _sandbox() -> Environment:
    """Return a sandbox that knows no function, and of the filters only some."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


def _no_document(path: Path, reason: str) -> ProblemsError:
    remedy = "in Word, choose Save As and the kind “Word Document (.docx)”"
    return ProblemsError([Problem(str(path), "", "", "", reason, remedy, code="not_a_template")])


def _problems(
    path: Path, content: bytes, environment: Environment, fields: Collection[str]
) -> Iterator[Problem]:
    from jinja2 import TemplateSyntaxError

    source = _body_source(path, content)
    for part, text in _texts_beside_body(content):
        if _TAG.search(text):
            reason = f"has a field in its {part}, where letters cannot be filled in"
            remedy = "move the field to the text of the letter"
            yield _problem(path, "", reason, remedy, code="not_allowed_in_template")
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        line = _MARKUP.sub("", source.split("\n")[error.lineno - 1]).strip()
        remedy = "fields are written {{ first_name }}, and {% if … %} ends with {% endif %}"
        reason = f"cannot be read as a template: {error.message}"
        yield _problem(path, line, reason, remedy, code="template_syntax")
        return
    scope = {**dict.fromkeys(fields, _TEXT), "partners": _PARTNERS, "reason_list": _LINES}
    problems = list(_TemplateChecker(path).check(tree, scope, 0))
    yield from problems or _trial_problems(path, source, environment, fields)


def _trial_problems(
    path: Path, source: str, environment: Environment, fields: Collection[str]
) -> Iterator[Problem]:
    """Fill in the letter of somebody with a partner and of somebody without, and look at it."""
    from lxml import etree

    partner = {name: ("x",) if name in _LISTS_OF_PARTNER else "x" for name in PARTNER_FIELDS}
    lists = {"partners": (partner,), "reason_list": ("x",)}
    for text, own_lists in (("x", lists), ("", dict.fromkeys(LISTS, ()))):
        try:
            xml = environment.from_string(source).render(
                {**dict.fromkeys(fields, text), **own_lists}
            )
            etree.fromstring(xml.encode())
        except etree.LxmlError:
            reason = "is no document any more once it is filled in"
            remedy = "begin and end {%p if … %} and {%p for … %} in paragraphs of their own"
            yield _problem(path, "", reason, remedy, code="template_syntax")
            return
        except TypeError as error:
            reason = f"cannot be filled in: {error}"
            remedy = "compare texts with texts, and numbers with numbers"
            yield _problem(path, "", reason, remedy, code="template_syntax")
            return


def _problem(path: Path, value: str, reason: str, remedy: str, *, code: str) -> Problem:
    return Problem(path.name, "", "", value, reason, remedy, code=code)


def _body_source(path: Path, content: bytes) -> str:
    """Return the text of the letter as the template engine reads it, a paragraph a line."""
    from docxtpl import DocxTemplate
    from lxml.etree import LxmlError

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            n_bytes = sum(entry.file_size for entry in package.infolist())
    except zipfile.BadZipFile:
        raise _no_document(path, "is not a Word document (.docx)") from None
    if n_bytes > _MAX_UNPACKED_BYTES:
        raise _no_document(path, "unpacks to more than 100 MB")
    try:
        document = DocxTemplate(io.BytesIO(content))
        document.init_docx()
        source = document.patch_xml(document.get_xml())
    except (*_NO_DOCUMENT, zipfile.BadZipFile, LxmlError):
        raise _no_document(path, "is not a Word document (.docx)") from None
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", source)


def _texts_beside_body(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield what stands in headers, footers, notes and properties, without markup."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if _NOT_BODY.fullmatch(name):
                text = package.read(name).decode("utf-8", errors="replace")
                part = re.sub(r"\d+", "", name.rpartition("/")[2].removesuffix(".xml"))
                yield {"core": "properties"}.get(part, part), _MARKUP.sub("", text)


class _TemplateChecker:
    """Goes through a template and lists what it may not have."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, node: nodes.Node, scope: Mapping[str, str], depth: int) -> Iterator[Problem]:
        """Yield the problems of a node and of those below it.

        Parameters
        ----------
        node : jinja2 Node
        scope : mapping of str to str
            The kinds of the names that are known there.
        depth : int
            In how many loops it stands.
        """
        kind = type(node).__name__
        if kind not in _ALLOWED_NODES:
            yield self._refused(_words_of(node))
        elif kind == "For":
            yield from self._check_loop(node, scope, depth)
        elif kind == "Name":
            yield from self._check_name(node, scope)
        elif kind == "Getattr":
            yield from self._check_attribute(node, scope)
        elif kind == "Filter":
            yield from self._check_filter(node, scope, depth)
        else:
            if kind == "Output":
                yield from self._check_shown(node, scope)
            for child in node.iter_child_nodes():
                yield from self.check(child, scope, depth)

    def _refused(self, words: str) -> Problem:
        reason = "may not stand in a template"
        remedy = "use fields, {% if %} and {% for %} only"
        return _problem(self._path, words, reason, remedy, code="not_allowed_in_template")

    def _unknown(self, name: str, choices: Collection[str]) -> Problem:
        close = nearest(name, list(choices))
        remedy = f"did you mean {close}?" if close else f"the fields are: {', '.join(choices)}"
        return _problem(self._path, name, "is not a field", remedy, code="unknown_field")

    def _check_name(self, node: Any, scope: Mapping[str, str]) -> Iterator[Problem]:
        if node.name not in scope:
            yield self._unknown(node.name, scope)

    def _check_attribute(self, node: Any, scope: Mapping[str, str]) -> Iterator[Problem]:
        owner = node.node
        kind = scope.get(owner.name) if type(owner).__name__ == "Name" else None
        if type(owner).__name__ == "Name" and kind is None:
            yield self._unknown(owner.name, scope)
        elif kind in (_PARTNER, _LOOP):
            choices = PARTNER_FIELDS if kind == _PARTNER else _LOOP_FIELDS
            if node.attr not in choices:
                names = [f"{owner.name}.{name}" for name in choices]
                yield self._unknown(f"{owner.name}.{node.attr}", names)
        else:
            yield self._refused(_words_of(node))

    def _check_filter(self, node: Any, scope: Mapping[str, str], depth: int) -> Iterator[Problem]:
        kind = _kind_of(node.node, scope)
        kinds = {"join": (_LINES,), "length": (_LINES, _PARTNERS)}.get(node.name, (_TEXT, None))
        has_arguments = bool(node.args) if node.name != "join" else len(node.args) > 1
        if node.name not in FILTERS or has_arguments or node.kwargs or kind not in kinds:
            yield self._refused(f"{_words_of(node.node)}|{node.name}")
            return
        for child in node.iter_child_nodes():
            yield from self.check(child, scope, depth)

    def _check_loop(self, node: Any, scope: Mapping[str, str], depth: int) -> Iterator[Problem]:
        kind = _kind_of(node.iter, scope)
        target = node.target
        is_plain = type(target).__name__ == "Name" and not node.recursive
        if depth >= _MAX_DEPTH or not is_plain or kind not in (_PARTNERS, _LINES, None):
            yield self._refused(_words_of(node))
            return
        yield from self.check(node.iter, scope, depth)
        inner = {
            **scope,
            target.name: _PARTNER if kind == _PARTNERS else _TEXT,
            "loop": _LOOP,
        }
        if node.test is not None:
            yield from self.check(node.test, inner, depth)
        for child in node.body:
            yield from self.check(child, inner, depth + 1)
        for child in node.else_:
            yield from self.check(child, scope, depth)

    def _check_shown(self, node: Any, scope: Mapping[str, str]) -> Iterator[Problem]:
        """Yield the lists that are to be shown as if they were text."""
        for child in node.nodes:
            if _kind_of(child, scope) not in (_TEXT, None):
                words = _words_of(child)
                remedy = f"use {{% for … in {words} %}}"
                if words in scope and words not in LISTS:
                    remedy = f"name what to show of it: {words}.name"
                reason = "is not a text"
                yield _problem(self._path, words, reason, remedy, code="not_allowed_in_template")


def _kind_of(node: Any, scope: Mapping[str, str]) -> str | None:
    """Return what a name or an attribute is; None where that is not known, or it is neither."""
    kind = type(node).__name__
    if kind == "Name":
        return scope.get(node.name)
    if kind == "Getattr" and type(node.node).__name__ == "Name":
        owner = scope.get(node.node.name)
        if owner == _PARTNER and node.attr in _LISTS_OF_PARTNER:
            return _LINES
        return _TEXT if owner in (_PARTNER, _LOOP) else None
    return None if kind in ("Filter", "TemplateData", "CondExpr", "Concat") else _TEXT


def _words_of(node: Any) -> str:
    """Return in a few words what of a template a node is."""
    kind = type(node).__name__
    if kind == "Name":
        return str(node.name)
    if kind == "Getattr":
        return f"{_words_of(node.node)}.{node.attr}"
    if kind == "Const":
        return repr(node.value)
    if kind == "Call":
        return f"{_words_of(node.node)}(…)"
    return {"For": "{% for %} of this kind", "Getitem": "[…]"}.get(kind, kind.casefold())
