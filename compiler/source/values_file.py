"""A file with values of parameters, read by the rules of a spec's YAML (or as JSON), with positions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tfxc.compiler.source.outside import is_outside, without_content
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.read import read_source
from tfxc.compiler.source.tree import Source, SourceNode, to_plain
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic

_MAPPING_HELP = "write `name: value` for each parameter"

_SURROGATES = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""Two escapes of JSON for one character, which YAML writes as one"""


@dataclass(frozen=True)
class ValuesFile:
    """A file of values. ``tree`` is None, and ``values`` are empty, where it cannot be gone on with.

    ``is_shown`` is whether its text may be shown: see `tfxc.compiler.source.outside`.
    """

    source: Source
    tree: SourceNode | None
    values: Mapping[str, Any]
    diagnostics: tuple[Diagnostic, ...]
    is_shown: bool

    @property
    def sources(self) -> Mapping[str, Source]:
        """The texts that may be shown, by file name."""
        return {self.source.file: self.source} if self.is_shown else {}


def read_values_file(path: Path, root: Path) -> ValuesFile:
    """Reads a file of values; one called ``….json`` must be JSON.

    ``root`` is the folder below which files may be shown. Raises UnreadableFileError if the file cannot be
    opened; what else is wrong with it are diagnostics.
    """
    source, diagnostics = read_source(path)
    tree: SourceNode | None = None
    if not diagnostics and path.suffix == ".json":
        diagnostics = _json_errors(source)
    if not diagnostics:
        text = _SURROGATES.sub(_long_escape, source.text) if path.suffix == ".json" else source.text
        tree, diagnostics = parse_yaml(text, source.file, source.folder)
    is_shown = not is_outside(path, root)
    told = tuple(map(_about_values if is_shown else without_content, diagnostics))
    if tree is None or told:
        return ValuesFile(source, None, {}, told, is_shown)
    return ValuesFile(source, tree, to_plain(tree), (), is_shown)


def _long_escape(pair: re.Match[str]) -> str:
    high, low = int(pair.group(1), 16), int(pair.group(2), 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _about_values(diagnostic: Diagnostic) -> Diagnostic:
    """Returns what the parser says of a spec as it is true of any file."""
    if diagnostic.code == "Y009":
        message = diagnostic.message.replace(
            "a spec is a mapping of keys", "the file is a mapping of parameters"
        )
        return replace(diagnostic, message=message, help=(_MAPPING_HELP,))
    if diagnostic.code == "Y008":
        return replace(
            diagnostic, help=("the file is one document; remove the line `---` and what follows it",)
        )
    return diagnostic


def _json_errors(source: Source) -> tuple[Diagnostic, ...]:
    """What makes a text no JSON: everything that is JSON is YAML with the same meaning."""
    try:
        json.loads(source.text)
    except json.JSONDecodeError as error:
        span = source.span(error.pos, min(error.pos + 1, len(source.text)))
        message = f"the text is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        return (Diagnostic("Y001", severity_of("Y001"), message, span),)
    except (ValueError, RecursionError):
        return ()  # a number too long, or nested too deeply: YAML's reader says so
    return ()
