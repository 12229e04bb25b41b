"""What to write into a file so that a mistake is put right."""

from __future__ import annotations

import json
import re

from tfxc.compiler.source.scalars import resolve_plain
from tfxc.compiler.source.tree import SourceNode, find, locate
from tfxc.schemas.diagnostics import Finding, Fix

_SURELY_PLAIN = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
"""Texts that need no quotes wherever they stand, unless they mean something else."""


def fix_at(tree: SourceNode, finding: Finding) -> Fix | None:
    """Returns the edit for a finding's ``fix``; None if what it points at is not written as one text."""
    entries, exists = find(tree, finding.path)
    if finding.fix is None or not entries or not exists:
        return None
    key, node = entries[-1]
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
