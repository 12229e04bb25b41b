"""What a YAML error says to a user: a sentence, the place, and the likeliest remedy."""

from __future__ import annotations

import yaml

from tfxc.compiler.source_tree import Source
from tfxc.compiler.yaml_composer import TooDeepError
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Label, Span

_CONTEXTS = {
    "while parsing a block mapping": "the mapping starts here",
    "while parsing a flow mapping": "the mapping starts here",
    "while parsing a block collection": "the list starts here",
    "while parsing a flow sequence": "the list starts here",
    "while scanning a quoted scalar": "the string starts here",
    "while parsing a quoted scalar": "the string starts here",
    "while scanning a simple key": "the key starts here",
    "while scanning a block scalar": "the text starts here",
}


def describe(error: yaml.YAMLError, source: Source) -> Diagnostic:
    """Returns the diagnostic of an exception that composing this source raised."""
    if isinstance(error, TooDeepError):
        help = "no spec needs that; look for brackets that are never closed"
        return _diagnostic(
            "Y006", "the document is nested too deeply", _visible(source, error.offset), (help,)
        )
    if not isinstance(error, yaml.MarkedYAMLError):
        return _diagnostic("Y001", "the text is not YAML", source.span(0, 0))
    offset = error.problem_mark.index if error.problem_mark is not None else 0
    span = _visible(source, offset)
    problem = str(error.problem or "")
    if "undefined alias" in problem:
        return _unknown_alias(source, offset)
    if "another document" in problem:
        help = "a spec is one document; remove the line `---` and what belongs to another document"
        return _diagnostic("Y008", "a second document begins here", span, (help,))
    if _is_tab(source, offset):
        return _tab(source, offset)
    return _syntax(error, problem, source, offset, span)


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


def _syntax(error: yaml.MarkedYAMLError, problem: str, source: Source, offset: int, span: Span) -> Diagnostic:
    labels: tuple[Label, ...] = ()
    context = _CONTEXTS.get(str(error.context))
    if context is not None and error.context_mark is not None:
        start = _visible(source, error.context_mark.index)
        if start.line != span.line:
            labels = (Label(start, context),)
    return Diagnostic(
        "Y001", severity_of("Y001"), _sentence(problem), span, labels, _help(problem, source, offset)
    )


def _sentence(problem: str) -> str:
    known = {
        "mapping values are not allowed in this context": "a `:` that cannot stand here",
        "found character that cannot start any token": "a character that no value can begin with",
        "could not find expected ':'": "a key without its `:`",
        "found unexpected end of stream": "the text ends inside a quoted string",
        "did not find expected key": "something that is neither a key of this mapping nor its end",
        "did not find expected '-' indicator": "something that is neither an item of this list nor its end",
        "did not find expected ',' or ']'": "the list in brackets is not closed",
        "did not find expected ',' or '}'": "the mapping in braces is not closed",
        "found unknown escape character": "an escape that YAML does not know",
    }
    return known.get(problem, problem or "the text is not YAML")


def _help(problem: str, source: Source, offset: int) -> tuple[str, ...]:
    line, _ = source.position(offset)
    text = source.line(line)
    value = text.partition(":")[2].strip()
    if value.startswith("{{"):
        return ('a value that begins with a reference must be quoted: "{{ parameters.NAME }}"',)
    if "mapping values" in problem:
        return ("quote a text that contains `: `; or indent this line like the keys that it stands beside",)
    if "cannot start any token" in problem:
        return ("quote a text that begins with one of @ ` % & * ! | > or a comma",)
    if "expected key" in problem or "expected '-'" in problem:
        return ("lines that belong together start in the same column",)
    if "expected ','" in problem or "end of stream" in problem:
        return ("close what is opened: every [, { and quote has its end",)
    if "expected ':'" in problem:
        return ("write `key: value`, with a space after the colon",)
    if "escape" in problem:
        return ("in double quotes a backslash is written \\\\; or use single quotes",)
    return ()


def _visible(source: Source, offset: int) -> Span:
    """The character at an offset; the end of the last line with text where the offset is behind it."""
    end = len(source.text.rstrip())
    start = min(offset, end)
    return source.span(start, start + 1 if start < len(source.text) else start)


def _diagnostic(code: str, message: str, span: Span, help: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic(code, severity_of(code), message, span, (), help)
