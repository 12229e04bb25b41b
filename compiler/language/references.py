"""``{{ … }}`` references inside the texts of a spec.

A reference is one dotted name: ``parameters.NAME``, ``run.id``, ``run.date``, ``env.NAME``, in a component
with a matrix ``matrix.AXIS``, which is known before a run, or ``NODE.OUTPUT.value``, the value of an artifact
that another node makes (``NODE[AXIS=VALUE].OUTPUT.value`` of one with a matrix). The command of a container
has beside them ``inputs.NAME.uri``, ``inputs.NAME.value`` and ``outputs.NAME.uri``. There are no
filters, calls or operators. ``{{ "text" }}`` (or with single quotes) is that text itself, which is how to
write two braces: ``{{ "{{" }}``. ``}}`` outside a reference is ordinary text, so JSON needs no escapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from tfxc.compiler.language.reference_terms import (
    CONTAINER_FIELDS,
    RUN_FIELDS,
    BadReference,
    Part,
    Reference,
    Root,
    Template,
)
from tfxc.schemas import plan_values
from tfxc.schemas.words.suggest import closest

REFERENCE_FORMS = (
    "a reference is `{{ parameters.NAME }}`, `{{ run.id }}`, `{{ run.date }}`, `{{ env.NAME }}`, or "
    "`{{ NODE.OUTPUT.value }}` for a value that a node puts out"
)
LITERAL_BRACES = 'to write the braces themselves: `{{ "{{" }}`'

_NAMED = {"parameters": "parameter", "env": "environment variable", "matrix": "matrix axis"}
_SYNONYMS = {"params": "parameters", "param": "parameters", "inputs": "parameters", "environ": "env"}
_LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*\}\}""")
_DOTTED = re.compile(r"\s*([A-Za-z_]\w*(\[[^\[\]]*\])?(?:\.[A-Za-z_]\w*)*)\s*\Z", re.ASCII)
_OF_SELECTED = re.compile(
    r"(?!(?:parameters|env|matrix|run|inputs|outputs)\[)[A-Za-z_]\w*\[[^\[\]]*\]\.[A-Za-z_]\w*\.value",
    re.ASCII,
)
"""The value of an artifact of one node of a component with a matrix."""

_ONE_BRACE = re.compile(r"\{\s*((?:parameters|run|env|matrix)\.\w+)\s*\}\}", re.ASCII)


def has_braces(text: str) -> bool:
    """Whether the text may hold a reference, and so must be parsed."""
    return "{{" in text or ("}}" in text and _ONE_BRACE.search(text) is not None)


def is_templated(text: str) -> bool:
    """Whether a text has references in it, or something that was probably meant as one."""
    if not has_braces(text):
        return False
    return not parse_template(text).is_constant


def constant_text(value: Any) -> str | None:
    """Returns a text that is the same in every run; None for what is empty, no text, or has references."""
    return value if isinstance(value, str) and value and not is_templated(value) else None


def parse_template(text: str) -> Template:
    """Takes a text apart. Collects every bad reference; what is bad stays out of ``parts``."""
    parts: list[Part] = []
    bad: list[BadReference] = []
    position = 0
    while True:
        start = text.find("{{", position)
        _add_text(parts, text[position : start if start >= 0 else len(text)], position, bad)
        if start < 0:
            break
        literal = _LITERAL.match(text, start + 2)
        if literal is not None:
            _join_text(parts, literal.group(1) or literal.group(2) or "")
            position = literal.end()
            continue
        close = text.find("}}", start + 2)
        nested = text.rfind("{{", start + 2, close) if close >= 0 else -1
        if close < 0 or nested >= 0:
            stop = nested if nested >= 0 else len(text)
            bad.append(_unclosed(start, stop, text))
            position = stop
            continue
        reference = _reference(text[start + 2 : close], start, close + 2)
        if isinstance(reference, Reference):
            parts.append(reference)
        else:
            bad.append(reference)
        position = close + 2
    return Template(tuple(parts), tuple(bad))


def lower_text(
    text: str, unescaped: Callable[[str], str] = lambda literal: literal, in_command: bool = False
) -> Any:
    """Returns the Plan's form of a text without mistakes: itself, a reference or a concatenation.

    ``unescaped`` is put on its literal pieces. In a container's command its inputs are the container's own.
    """
    if "{{" not in text:
        return unescaped(text)
    template = parse_template(text)
    if template.whole is not None:
        return _lowered(template.whole, in_command)
    lowered = [
        _lowered(part, in_command) if isinstance(part, Reference) else unescaped(part)
        for part in template.parts
    ]
    if not any(isinstance(part, Reference) for part in template.parts):
        return "".join(cast("list[str]", lowered))
    return plan_values.concatenation(lowered)


def _lowered(reference: Reference, in_command: bool) -> Any:
    channel = reference.channel
    if channel is not None and not (in_command and reference.is_of_container):
        return plan_values.artifact_value(reference.named, channel[1])
    if reference.root == "inputs":
        return plan_values.container_input(reference.name, "value" if reference.field == "value" else "uri")
    if reference.root == "outputs":
        return plan_values.container_output(reference.name, "uri")
    return plan_values.reference(reference.target)


def _add_text(parts: list[Part], text: str, offset: int, bad: list[BadReference]) -> None:
    for match in _ONE_BRACE.finditer(text):
        bad.append(
            BadReference(
                "syntax",
                f"`{match.group(0)}` opens with one brace and closes with two",
                offset + match.start(),
                offset + match.end(),
                (f"write `{{{{ {match.group(1)} }}}}`",),
                f"{{{{ {match.group(1)} }}}}",
            )
        )
    _join_text(parts, text)


def _join_text(parts: list[Part], text: str) -> None:
    if not text:
        return
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _unclosed(start: int, stop: int, text: str) -> BadReference:
    line_end = text.find("\n", start, stop)
    end = line_end if line_end >= 0 else stop
    return BadReference("syntax", "`{{` is not closed", start, end, ("close it with `}}`", LITERAL_BRACES))


def _reference(inner: str, start: int, end: int) -> Reference | BadReference:
    if not inner.strip():
        return BadReference("syntax", "there is nothing between the braces", start, end, (REFERENCE_FORMS,))
    match = _DOTTED.match(inner)
    is_of_selected = match is not None and _OF_SELECTED.fullmatch(match.group(1)) is not None
    if match is None or (match.group(2) is not None and not is_of_selected):
        return BadReference(
            "syntax",
            f"`{_shortened(inner)}` is not a reference: filters, calls and operators are not supported",
            start,
            end,
            (REFERENCE_FORMS, LITERAL_BRACES),
        )
    if is_of_selected:
        return Reference("artifact", match.group(1).rpartition(".")[0], start, end)
    root, _, name = match.group(1).partition(".")
    if root in ("parameters", "env", "matrix") and name and "." not in name:
        return Reference(cast(Root, root), name, start, end)
    if root == "run" and name in RUN_FIELDS:
        return Reference("run", name, start, end)
    of_container, _, field = name.partition(".")
    if field in CONTAINER_FIELDS.get(root, ()):
        return Reference(cast(Root, root), of_container, start, end, field)
    if root != "run" and root not in _NAMED and field == "value":
        return Reference("artifact", f"{root}.{of_container}", start, end)
    name_start = start + 2 + match.start(1)
    return _unknown(root, name, match.group(1), name_start)


def _unknown(root: str, name: str, dotted: str, start: int) -> BadReference:
    """Why a well-formed dotted name is no reference."""
    end = start + len(dotted)
    if root == "run":
        near = closest(name, RUN_FIELDS)
        help_line = f"did you mean `run.{near}`?" if near else "a run has `run.id` and `run.date`"
        message = f"`{dotted}` is not something that a run has" if name else "`run` alone is no value"
        return BadReference("unknown", message, start, end, (help_line,), f"run.{near}" if near else None)
    if root in _NAMED:
        what = _NAMED[root]
        message = (
            f"`{dotted}` goes deeper than a {what}: its value has no fields"
            if name
            else f"`{root}` lacks the name of the {what}"
        )
        return BadReference("syntax", message, start, end, (f"write `{root}.NAME`",))
    if root in CONTAINER_FIELDS and "." in name:
        meant = f"{root}.{name.partition('.')[0]}.{CONTAINER_FIELDS[root][0]}"
        message = f"`{dotted}` is nothing that a container knows"
        return BadReference("unknown", message, start, end, (f"write `{meant}`",), meant)
    near = _SYNONYMS.get(root) or closest(root, ("parameters", "run", "env", "matrix"))
    if near and name and "." not in name:
        meant = f"{near}.{name}"
        message = f"there is nothing called `{root}`"
        return BadReference("unknown", message, start, end, (f"did you mean `{meant}`?",), meant)
    return BadReference("unknown", f"there is nothing called `{root}`", start, end, (REFERENCE_FORMS,))


def _shortened(inner: str) -> str:
    text = " ".join(inner.split())
    return text if len(text) <= 60 else text[:59] + "…"
