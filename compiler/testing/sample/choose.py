"""Which files and rows a sample has. The same numbers give the same choice, on every machine."""

from __future__ import annotations

import random
from collections.abc import Sequence

_SEED = 0


def chosen_rows(counts: Sequence[int], most: int) -> list[frozenset[int]]:
    """Returns for files of so many rows which of them are taken, from 0: ``most`` of all files together.

    Every row has the same chance, wherever it stands: data are often sorted.
    """
    total = sum(counts)
    if total <= most:
        return [frozenset(range(count)) for count in counts]
    places = random.Random(_SEED).sample(range(total), most)  # noqa: S311 - it hides nothing
    chosen: list[set[int]] = [set() for _ in counts]
    starts = _starts(counts)
    file = 0
    for place in sorted(places):
        while place >= starts[file] + counts[file]:
            file += 1
        chosen[file].add(place - starts[file])
    return [frozenset(each) for each in chosen]


def chosen_files(sizes: Sequence[int], most_files: int, most_bytes: int) -> list[int]:
    """Returns which of several files are looked at, spread evenly over all of them: one at least.

    No more than ``most_files``, nor more than ``most_bytes`` together.
    """
    wanted = min(len(sizes), most_files)
    while wanted > 1:
        found = [number * len(sizes) // wanted for number in range(wanted)]
        if sum(sizes[place] for place in found) <= most_bytes:
            return found
        wanted -= 1
    return [0] if sizes else []


def _starts(counts: Sequence[int]) -> list[int]:
    starts, total = [], 0
    for count in counts:
        starts.append(total)
        total += count
    return starts
