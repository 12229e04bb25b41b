"""What a YAML error says to a user: a sentence, the place, and the likeliest remedy."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from tfxc.compiler.source.compose import DEEPEST_NESTING, TooDeepError
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Label, Span

_CONTEXTS = {
    "while parsing a block mapping": "the mapping starts here",
    "while parsing a flow mapping": "the mapping starts here",
    "while parsing a block collection": "the list starts here",
    "while parsing a flow sequence": "the list starts here",
    "while scanning a quoted scalar": "the string starts here",
    "while parsing a quoted scalar": "the string starts here",
    "while scanning a double-quoted scalar": "the string starts here",
    "while scanning a block scalar": "the text starts here",
}
_KEY_CONTEXT = "while scanning a simple key"


class _Problem(NamedTuple):
    """A problem of libyaml's, or of PyYAML's own parser, in the words of this language."""

    pattern: str
    sentence: str
    help: str


_COLUMNS = "lines that belong together start in the same column"
_CLOSE = "close what is opened: every [, { and quote has its end"
_PROBLEMS = (
    _Problem(
        "mapping values are not allowed",
        "a `:` that cannot stand here",
        "quote a text that contains `: `; or indent this line like the keys that it stands beside",
    ),
    _Problem(
        "cannot start any token",
        "a character that no value can begin with",
        "quote a text that begins with one of @ ` % & * ! | > or a comma",
    ),
    _Problem(
        "alphabetic or numeric character",
        "an anchor or alias without a name",
        "quote a text that begins with & or *",
    ),
    _Problem(
        "comment or (?:a )?line break|chomping or indentation",
        "text behind the | or > that begins a text of several lines",
        "begin the text on the next line, indented; or quote the value",
    ),
    _Problem(
        "sequence entries are not allowed",
        "a list that begins behind a key",
        "begin it on the next line, or write [first, second]",
    ),
    _Problem("expected ':'", "a key without its `:`", "write `key: value`, with a space after the colon"),
    _Problem("unexpected end of stream", "the text ends inside a quoted string", _CLOSE),
    _Problem("expected ',' or '\\]'", "the list in brackets is not closed", _CLOSE),
    _Problem("expected ',' or '\\}'", "the mapping in braces is not closed", _CLOSE),
    _Problem(
        "expected '-' indicator",
        "something that is neither an item of this list nor its end",
        f"an item begins with `- `; {_COLUMNS}",
    ),
    _Problem(
        "expected key|expected <block end>",
        "something that is neither a key of this mapping nor its end",
        _COLUMNS,
    ),
    _Problem("document start>", "something that belongs to nothing above it", _COLUMNS),
    _Problem(
        "escape character|expected escape sequence",
        "an escape that YAML does not know",
        "in double quotes a backslash is written \\\\; or use single quotes",
    ),
)
_UNQUOTED_REFERENCE = r"\s*(?:- )*(?:[\w.-]+:\s+)?(\{\{.*\S)"
_BEHIND_A_VALUE = r"""[^#]*[:,\[{-]\s+(?:"[^"]*"|'[^']*'|\[[^\[\]]*\]|\{[^{}]*\})\s*$"""
_LONGEST_MATCHED = 500
"""Characters of a line that is looked at more closely: matching takes the square of them."""


def describe(error: yaml.YAMLError, source: Source) -> Diagnostic:
    """Returns the diagnostic of an exception that composing this source raised."""
    if isinstance(error, TooDeepError):
        return too_deep(source, error.offset)
    if not isinstance(error, yaml.MarkedYAMLError):
        return _diagnostic("Y001", "the text is not YAML", source.span(0, 0))
    offset = error.problem_mark.index if error.problem_mark is not None else 0
    problem = str(error.problem or "")
    if "undefined alias" in problem:
        return _unknown_alias(source, offset)
    if "another document" in problem:
        help = "a spec is one document; remove the line `---` and what belongs to another document"
        return _diagnostic("Y008", "a second document begins here", _visible(source, offset), (help,))
    if _is_tab(source, offset):
        return _tab(source, offset)
    return _unquoted(source, offset) or _syntax(error, problem, source, offset)


def too_deep(source: Source, offset: int) -> Diagnostic:
    """Returns the diagnostic for nesting that goes too far at an offset."""
    return _diagnostic(
        "Y006",
        f"the document is nested more than {DEEPEST_NESTING} levels deep",
        _visible(source, offset),
        ("no spec needs that; look for a bracket that is never closed",),
    )


def _unknown_alias(source: Source, offset: int) -> Diagnostic:
    end = offset + 1
    while end < len(source.text) and (source.text[end].isalnum() or source.text[end] in "_-"):
        end += 1
    name = source.text[offset + 1 : end]
    return _diagnostic(
        "Y004",
        f"the alias `*{name}` names an anchor that is not there",
        source.span(offset, end),
        (f"put `&{name}` before a value above this line; a text that begins with * must be quoted",),
    )


def _is_tab(source: Source, offset: int) -> bool:
    line, column = source.position(offset)
    before = source.line(line)[:column]
    return "\t" in before and not before.strip(" \t-?:")


def _tab(source: Source, offset: int) -> Diagnostic:
    line, _ = source.position(offset)
    start = source.line_starts[line - 1]
    text = source.line(line)
    first = start + text.index("\t")
    last = first + 1
    while source.text.startswith("\t", last):
        last += 1
    return _diagnostic(
        "Y002",
        "a tab in the indentation",
        source.span(first, last),
        ("YAML indents with spaces only; replace each tab by two spaces",),
    )


def _unquoted(source: Source, offset: int) -> Diagnostic | None:
    """A value that goes on behind its closing brace, bracket or quote, as an unquoted reference does."""
    line, column = source.position(offset)
    text = source.line(line)
    start = source.line_starts[line - 1]
    if len(text) > _LONGEST_MATCHED:
        return None
    reference = re.match(_UNQUOTED_REFERENCE, text)
    if reference is not None:
        span = source.span(start + reference.start(1), start + reference.end(1))
        quote = "'" if '"' in reference.group(1) else '"'
        help = f"quote the whole value: {quote}{reference.group(1)}{quote}"
        return _diagnostic("Y001", "a reference that is not quoted", span, (help,))
    if column > 1 and re.match(_BEHIND_A_VALUE, text[: column - 1]):
        span = source.span(offset, start + max(len(text.rstrip()), column))
        help = "quote the whole value, with the other kind of quotes if it contains some"
        return _diagnostic("Y001", "something behind the end of a value", span, (help,))
    return None


def _syntax(error: yaml.MarkedYAMLError, problem: str, source: Source, offset: int) -> Diagnostic:
    span = _visible(source, offset)
    labels: tuple[Label, ...] = ()
    if error.context_mark is not None:
        start = _visible(source, error.context_mark.index)
        context = _CONTEXTS.get(str(error.context))
        if error.context == _KEY_CONTEXT:
            line_end = start.column + len(source.line(start.line)[start.column - 1 :].rstrip())
            span = Span(start.file, start.line, start.column, start.line, max(line_end, start.column))
        elif context is not None and start.line != span.line:
            labels = (Label(start, context),)
    known = next((known for known in _PROBLEMS if re.search(known.pattern, problem)), None)
    sentence = known.sentence if known is not None else problem or "the text is not YAML"
    help = (known.help,) if known is not None else ()
    return Diagnostic("Y001", severity_of("Y001"), sentence, span, labels, help)


def _visible(source: Source, offset: int) -> Span:
    """The character at an offset; the end of the last line with text where the offset is behind it."""
    end = len(source.text.rstrip())
    start = min(offset, end)
    return source.span(start, start + 1 if start < len(source.text) else start)


def _diagnostic(code: str, message: str, span: Span, help: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic(code, severity_of(code), message, span, (), help)
