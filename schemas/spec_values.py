"""The values of a Plan as a spec writes them: references in braces, paths as texts.

Braces that a text means literally are escaped, so that the spec is read as the same value again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from tfxc.schemas.plan_values import Fold, JsonValue, fold

Quote = Literal['"', "'"]

_ONE_BRACE = re.compile(r"\{\s*(?:parameters|run|env)\.\w+\s*\}\}", re.ASCII)


def spec_value(
    value: JsonValue, quote: Quote = '"', escaped: Callable[[str], str] = lambda text: text
) -> JsonValue:
    """Returns a value as a spec writes it: references in braces, paths as texts.

    ``quote`` stands around braces that are meant literally (``{{ "{{" }}``); ``escaped`` is put on every
    literal text before that.
    """
    in_spec: Fold[JsonValue] = Fold(
        plain=lambda plain, place: escaped_braces(escaped(plain), quote) if isinstance(plain, str) else plain,
        reference=lambda target, place: f"{{{{ {target} }}}}",
        concatenation=lambda pieces, place: _run_together(pieces, quote),
        path=lambda inner, place: inner,
        mapping=lambda items, place: items,
        sequence=lambda items, place: items,
        artifact_value=lambda channel, place: f"{{{{ {channel}.value }}}}",
        container_input=lambda name, place: f"{{{{ inputs.{name} }}}}",
        container_output=lambda name, place: f"{{{{ outputs.{name} }}}}",
    )
    return fold(value, in_spec)


def _run_together(pieces: list[JsonValue], quote: Quote) -> str:
    """Returns the pieces joined, so that a brace at the end of one does not open the next."""
    text = ""
    for piece in map(str, pieces):
        if text.endswith("{") and piece.startswith("{{"):
            text = text[:-1] + _literal_braces("{", quote)
        text += piece
    return text


def escaped_braces(text: str, quote: Quote = '"') -> str:
    """Returns a literal text such that a spec reads no reference, nor a mistaken one, into it."""
    doubled = text.replace("{{", _literal_braces("{{", quote))
    return _ONE_BRACE.sub(lambda match: _literal_braces("{", quote) + match.group(0)[1:], doubled)


def _literal_braces(braces: str, quote: Quote) -> str:
    return f"{{{{ {quote}{braces}{quote} }}}}"
