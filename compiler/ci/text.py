"""Workflows as YAML text: keys in the given order, scripts as blocks."""

from __future__ import annotations

from typing import Any

import yaml

HEAD = "# Written by `tfxc ci`; do not edit, call it again.\n"


class _Dumper(yaml.SafeDumper):
    """Writes every value out: no anchors, and block style for texts of several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def yaml_text(document: dict[str, Any]) -> str:
    """Returns the text: the same document, the same text."""
    return HEAD + str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True))
