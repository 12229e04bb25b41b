"""A YAML text as the pieces that are written, with the columns of the blocks they are in.

Between two pieces there are only blanks, line ends and comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import yaml

STEP = 2
"""Columns that a block is indented by."""

Kind = Literal[
    "open", "close", "comma", "colon", "dash", "question", "property", "alias", "scalar", "document"
]


@dataclass(frozen=True)
class Block:
    """A block that is open at a piece: the column that it is written in, and the one that it is given."""

    old: int
    new: int


@dataclass(frozen=True)
class Piece:
    """Characters ``[start, end)`` that are written as one.

    ``column`` is where it is put if it begins a line; ``inside`` is where lines within it are indented to.
    ``blocks`` are those that are open once it is there, the outermost first. ``style`` is that of a scalar.
    """

    kind: Kind
    start: int
    end: int
    column: int
    inside: int
    blocks: tuple[Block, ...]
    style: str = ""


_FLOW_STARTS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_FLOW_ENDS = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_KINDS: tuple[tuple[type[yaml.Token] | tuple[type[yaml.Token], ...], Kind], ...] = (
    (_FLOW_STARTS, "open"),
    (_FLOW_ENDS, "close"),
    (yaml.FlowEntryToken, "comma"),
    (yaml.ValueToken, "colon"),
    (yaml.BlockEntryToken, "dash"),
    (yaml.KeyToken, "question"),
    ((yaml.AnchorToken, yaml.TagToken), "property"),
    (yaml.AliasToken, "alias"),
    (yaml.ScalarToken, "scalar"),
    ((yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken), "document"),
)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML has it, as what reads specs: it also takes tabs before comments."""


class _State:
    """Which blocks and flows are open."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, Block]] = []
        self.flows = 0
        self.at_start = False

    def follow(self, token: yaml.Token) -> None:
        """Opens and closes what a token opens and closes, before the piece that it may be."""
        column = token.start_mark.column
        if isinstance(token, (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)):
            kind = "map" if isinstance(token, yaml.BlockMappingStartToken) else "list"
            self.blocks.append((kind, Block(column, self._next())))
        elif isinstance(token, yaml.BlockEndToken):
            self._leave_list_beside()
            self.blocks.pop()
        elif isinstance(token, yaml.KeyToken) and not self.flows:
            self._leave_list_beside()
            self.at_start = True
        elif isinstance(token, yaml.ValueToken) and not self.flows and token.start_mark.column == self._old():
            self._leave_list_beside()
        elif isinstance(token, yaml.BlockEntryToken) and self.blocks and self.blocks[-1][0] == "map":
            self.blocks.append(("beside", Block(column, self._next())))
        elif isinstance(token, _FLOW_ENDS):
            self.flows -= 1

    def column(self, kind: Kind) -> int:
        """Returns the column of a piece that begins a line."""
        here = self.blocks[-1][1].new if self.blocks else 0
        if self.flows:
            return here + STEP * self.flows
        if kind == "close":
            return here
        at_block = self.at_start or kind in ("dash", "colon", "question") or not self.blocks
        return here if at_block else here + STEP

    def _next(self) -> int:
        return self.blocks[-1][1].new + STEP if self.blocks else 0

    def _old(self) -> int:
        return self.blocks[-1][1].old if self.blocks else -1

    def _leave_list_beside(self) -> None:
        if self.blocks and self.blocks[-1][0] == "beside":
            self.blocks.pop()


def pieces_of(text: str) -> Iterator[Piece]:
    """Yields the pieces of a YAML text, in its order. Raises yaml.YAMLError."""
    state = _State()
    for token in yaml.scan(text, Loader=_LOADER):
        state.follow(token)
        start, end = token.start_mark.index, token.end_mark.index
        kind = _kind(token)
        if kind is not None and end > start:
            column = state.column(kind)
            inside = (state.blocks[-1][1].new if state.blocks else 0) + STEP * (1 + state.flows)
            style = (token.style or "") if isinstance(token, yaml.ScalarToken) else ""
            blocks = tuple(block for _, block in state.blocks)
            yield Piece(kind, start, end, column, inside, blocks, style)
            state.at_start = False
        if isinstance(token, _FLOW_STARTS):
            state.flows += 1


def _kind(token: yaml.Token) -> Kind | None:
    for classes, kind in _KINDS:
        if isinstance(token, classes):
            return kind
    return None
