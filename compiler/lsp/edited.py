"""A text that was edited since it was analysed: where the places of the analysis are now.

An analysis of a thousand nodes takes longer than somebody waits for an answer. What it found outside of the
characters that were edited since is still there, only moved; so it is told from the last analysis, and what
was edited is found out about by the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfxc.compiler.source.tree import Source


@dataclass(frozen=True)
class EditedSource(Source):
    """A text of this moment that is asked in the offsets of the text that was analysed.

    The analysed characters ``[start, old_end)`` are ``[start, new_end)`` now; all others are the same.
    """

    start: int
    old_end: int
    new_end: int

    def position(self, offset: int) -> tuple[int, int]:
        """Returns the line and column that a character of the analysed text has now."""
        return super().position(self.offset_now(offset))

    def offset_now(self, offset: int) -> int:
        """Returns where a character of the analysed text is now; one that is gone, where it was."""
        if offset >= self.old_end:
            return offset + self.new_end - self.old_end
        return min(offset, self.new_end) if offset > self.start else offset

    def offset_then(self, offset: int) -> int | None:
        """Returns where a character of this moment was in the analysed text; None if it was edited."""
        if offset < self.start:
            return offset
        return offset - self.new_end + self.old_end if offset > self.new_end else None

    def keeps(self, start: int, end: int) -> bool:
        """Whether the analysed characters ``[start, end)``, and those beside them, are as they were."""
        return end < self.start or start > self.old_end

    @property
    def written(self) -> str:
        """What was written since, with the line that it is in."""
        first, _ = super().position(self.start)
        last, _ = super().position(self.new_end)
        return "\n".join(self.line(number) for number in range(first, last + 1))


def kept(source: Source, start: int, end: int) -> bool:
    """Whether some characters of the analysed text, and those beside them, are as they were."""
    return not isinstance(source, EditedSource) or source.keeps(start, end)


def edited(source: Source, text: str) -> Source:
    """Returns a source with the text that it has now; the very source if nothing was edited."""
    if source.text == text:
        return source
    start = _common(source.text, text)
    kept = min(len(source.text), len(text)) - start
    end = min(_common_end(source.text, text), kept)
    return EditedSource(source.file, text, source.folder, start, len(source.text) - end, len(text) - end)


def _common(first: str, second: str) -> int:
    """Returns how many characters two texts begin with alike."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(first: str, second: str) -> int:
    """Returns how many characters two texts end with alike."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[len(first) - middle : len(first) - low] == second[len(second) - middle : len(second) - low]:
            low = middle
        else:
            high = middle - 1
    return low
