"""What to write into a file so that a mistake is put right."""

from __future__ import annotations

import json
import re

from tfxc.compiler.source.scalars import resolve_plain
from tfxc.compiler.source.tree import SourceNode, find, locate
from tfxc.schemas.diagnostics import Finding, Fix, Rewriting

TRUE_WORDS, FALSE_WORDS = ("yes", "on", "true"), ("no", "off", "false")
"""Texts that mean a boolean."""
_SURELY_PLAIN = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
"""Texts that need no quotes wherever they stand, unless they mean something else."""


def fix_at(tree: SourceNode, finding: Finding) -> Fix | None:
    """Returns the edit for a finding's ``fix`` or ``rewriting``; None if what it points at is not written as
    one text, or cannot be written anew without losing anything."""
    entries, exists = find(tree, finding.path)
    if not entries or not exists:
        return None
    key, node = entries[-1]
    if finding.rewriting is not None:
        text = _rewritten(node, finding.rewriting) if finding.fix is None else finding.fix
        return Fix(node.span, text) if text is not None else None
    if finding.fix is None:
        return None
    target = key if finding.at_key else node
    if target.kind != "scalar" or not isinstance(target.value, str) or target.style in ("|", ">"):
        return None
    beside = entries[-2].node if len(entries) > 1 else tree
    if finding.at_key and finding.fix in beside.value:  # then the key would be there twice
        return None
    if finding.part is None or finding.at_key:
        return Fix(target.span, _written(finding.fix, target.style))
    span = locate(tree, finding.path, part=finding.part)
    whole = finding.part == (0, len(target.value))
    if span == target.span and not whole:  # where the part is in the file cannot be told
        return None
    return Fix(span, _written(finding.fix, target.style) if span == target.span else finding.fix)


def _written(text: str, style: str) -> str:
    """Returns a text as YAML, in the quotes that were there."""
    if style == "'" and "'" not in text and text.isprintable():
        return f"'{text}'"
    is_plain = _SURELY_PLAIN.fullmatch(text) is not None and resolve_plain(text) == text
    return text if style == "" and is_plain else json.dumps(text, ensure_ascii=False)


def _rewritten(node: SourceNode, rewriting: Rewriting) -> str | None:
    """Returns a value in another form, made of its own text; None if comments or anchors would be lost."""
    written = node.source.text[node.start : node.written_end]
    if rewriting == "unwrapped":
        return _only_value(node, written)
    if node.kind != "scalar" or not written or "\n" in written or written[0] in "&*!":
        return None
    if rewriting == "listed":
        return (
            f"[{written}]" if node.style or _SURELY_PLAIN.fullmatch(written) else f"[{_quoted(node.value)}]"
        )
    if rewriting == "quoted":
        return json.dumps(written)
    if rewriting == "integer":
        return str(int(node.value))
    if rewriting == "boolean":
        return "true" if str(node.value).lower() in TRUE_WORDS else "false"
    text = str(node.value).strip()
    return text if isinstance(resolve_plain(text), (int, float)) else None


def _only_value(node: SourceNode, written: str) -> str | None:
    """Returns the one value in a collection as it is written, if nothing else is in there."""
    if node.kind == "scalar" or len(node.value) != 1 or "#" in written or "&" in written:
        return None
    only = next(iter(node.value.values())).node if node.kind == "mapping" else node.value[0]
    inner = str(only.source.text[only.start : only.written_end])
    if (
        only.kind != "scalar"
        or only.style in ("|", ">")
        or not inner
        or "\n" in inner
        or inner not in written
    ):
        return None
    return inner


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
