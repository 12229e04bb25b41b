"""Indentation, blanks and blank lines: a text with every piece where it belongs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from tfxc.compiler.layout.pieces import STEP, Block, Piece, pieces_of

_HEADER = re.compile(r"[|>]([1-9]?[+-]?|[+-][1-9]?)[^\n]*")
_NAMES = ("alias", "property")
"""Pieces to which a comma or colon right behind them would belong."""
_BEFORE_NOTHING = ("comma", "close", "colon")


def laid_out(text: str) -> str:
    """Returns a YAML text, with LF for its line ends, in the canonical indentation.

    Quotes are double where that needs no escape. Comments stay at their places; of several blank lines one
    stays. Raises yaml.YAMLError.
    """
    out = _Writer(text)
    for piece in pieces_of(text):
        out.add(piece)
    return out.finished()


def comments_in(text: str) -> list[str]:
    """Returns the comments of a YAML text, in its order."""
    found, position = [], 0
    for piece in pieces_of(text):
        found += _comments(text[position : piece.start])
        if piece.style in ("|", ">"):
            found += _comments(text[piece.start : piece.end].partition("\n")[0].lstrip("|>+-123456789"))
        position = piece.end
    return found + _comments(text[position:])


def _comments(gap: str) -> list[str]:
    return [line.strip() for line in gap.split("\n") if line.strip().startswith("#")]


class _Writer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._last: Piece | None = None
        self._position = 0

    def add(self, piece: Piece) -> None:
        """Writes a piece, with what is before it."""
        gap = self._text[self._position : piece.start]
        joins = self._last is not None and self._last.kind == "dash" and not gap.strip()
        if ("\n" in gap and not joins) or (self._last is None and gap.strip()):
            self._gap(gap, piece)
            self._out.append(" " * piece.column)
        elif self._last is not None:
            self._out.append(_between(self._last, piece))
        written, self._position = self._written(piece)
        self._out.append(written)
        self._last = piece

    def finished(self) -> str:
        """Returns the text, with what is after the last piece."""
        gap = self._text[self._position :]
        self._gap(gap if gap.endswith("\n") else f"{gap}\n", None)
        text = "".join(self._out).lstrip("\n")
        return text.rstrip("\n") + "\n" if self._last is None or not self._keeps_lines(self._last) else text

    def _keeps_lines(self, piece: Piece) -> bool:
        return piece.style in ("|", ">") and "+" in self._text[piece.start : piece.end].partition("\n")[0]

    def _gap(self, gap: str, piece: Piece | None) -> None:
        """Writes the comments and blank lines before a piece (None: the end), and ends the line before it."""
        first, *between = gap.split("\n")
        if self._last is None:
            between = [first, *between]
        elif first.strip():
            self._out.append(f"  {first.strip()}")
        if self._last is not None:
            self._out.append("\n")
        blank = self._last is None or self._opens_block(piece)
        for line in between[:-1]:
            comment = line.strip()
            if comment:
                column = self._comment_column(len(line) - len(line.lstrip()), piece)
                self._out.append(f"{' ' * column}{comment}\n")
            elif not blank:
                self._out.append("\n")
            blank = not comment

    def _opens_block(self, piece: Piece | None) -> bool:
        last = self._last
        return last is not None and last.kind == "colon" and piece is not None and piece.kind != "colon"

    def _comment_column(self, column: int, following: Piece | None) -> int:
        """Returns the column of a comment: that of the block that it was written in."""
        open_blocks: Sequence[Block] = following.blocks if following is not None else ()
        closed = self._last.blocks if self._last is not None else ()
        for block in (*reversed(open_blocks), *reversed(closed)):
            if block.old == column:
                return block.new
        if following is not None:
            return following.column
        inner = [block.new for block in closed if block.old <= column]
        return inner[-1] if inner else 0

    def _written(self, piece: Piece) -> tuple[str, int]:
        """Returns a piece as it is written, and where in the text what comes after it begins."""
        text = self._text[piece.start : piece.end]
        if piece.style in ("|", ">"):
            return self._block_scalar(piece, text)
        if piece.kind != "scalar" or "\n" not in text:
            return (_double_quoted(text) if piece.style == "'" else text), piece.end
        first, *others = text.split("\n")
        inner = [" " * piece.inside + line.lstrip(" \t") if line.strip() else "" for line in others]
        return "\n".join([first, *inner]), piece.end

    def _block_scalar(self, piece: Piece, text: str) -> tuple[str, int]:
        header, *lines = text.split("\n")
        given = _HEADER.match(header)
        digits = re.sub(r"\D", "", given.group(1)) if given is not None else ""
        if "+" in (given.group(1) if given is not None else ""):
            end = piece.end - (1 if text.endswith("\n") else 0)
            lines = lines[:-1] if text.endswith("\n") else lines
        else:
            while lines and not lines[-1].strip(" "):
                lines.pop()
            end = piece.start + len("\n".join([header, *lines]))
        outer = piece.blocks[-1] if piece.blocks else Block(-STEP, -STEP)
        written = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)
        old = outer.old + int(digits) if digits else written
        new = outer.new + (int(digits) if digits else STEP)
        body = [" " * new + line[old:] if line[old:] else "" for line in lines]
        head, _, comment = header.partition("#")
        return "\n".join([f"{head.rstrip()}  #{comment}" if comment else head.rstrip(), *body]), end


def _between(last: Piece, piece: Piece) -> str:
    """Returns what stands between two pieces on one line."""
    if last.kind == "open" or piece.kind in _BEFORE_NOTHING:
        return " " if (last.kind in _NAMES and piece.kind != "close") or last.kind == "colon" else ""
    return " "


def _double_quoted(text: str) -> str:
    inner = text[1:-1]
    plain = "'" not in inner and '"' not in inner and "\\" not in inner and inner.isprintable()
    return json.dumps(inner, ensure_ascii=False) if plain else text
