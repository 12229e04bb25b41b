"""“Did you mean …?”: the known name that a mistyped one stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_MOST_CANDIDATES = 2000


class _Candidate(NamedTuple):
    text: str
    lower: str
    plain: str
    characters: frozenset[str]


@lru_cache(maxsize=8)
def _prepared(candidates: tuple[str, ...]) -> tuple[_Candidate, ...]:
    """Candidates with what every comparison needs of them; many names are compared with the same ones."""
    return tuple(_Candidate(text, text.lower(), _plain(text), frozenset(text.lower())) for text in candidates)


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate that `name` most likely means, or None if none is near.

    Names that differ only in case, or in camelCase against snake_case against kebab-case, are
    nearest; then those within one edit for each three characters, ties going to the first; then the
    only one that begins with the name, or that the name begins with.
    """
    pool = _prepared(tuple(dict.fromkeys(candidates))[:_MOST_CANDIDATES])
    plain = _plain(name)
    for candidate in pool:
        if candidate.text != name and candidate.plain == plain:
            return candidate.text
    best: str | None = None
    lower, characters = name.lower(), frozenset(name.lower())
    limit = max(1, len(name) // 3) if len(name) > 2 else 0
    for candidate in pool if limit else ():
        # One edit changes two members of the set of characters at most.
        if candidate.text == name or len(candidate.characters ^ characters) > 2 * limit:
            continue
        distance = edit_distance(lower, candidate.lower, limit)
        if distance is not None:
            best, limit = candidate.text, distance - 1
            if limit < 1:
                break
    if best is None and len(plain) >= 3:
        akin = [
            candidate.text
            for candidate in pool
            if _is_beginning(plain, candidate.plain) and candidate.text != name
        ]
        return akin[0] if len(akin) == 1 else None
    return best


def only_closest(name: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate that `name` surely means, so that it can be written in its place.

    None if several are as near, if the name is only the beginning of one, or if its digits are others:
    `model_2` is no slip of the pen for `model_1`.
    """
    names = list(dict.fromkeys(candidates))
    near = closest(name, names)
    if near is None:
        return None
    if _plain(near) == _plain(name):
        same = [each for each in names if each != name and _plain(each) == _plain(name)]
        return near if len(same) == 1 else None
    if re.sub(r"\D", "", near) != re.sub(r"\D", "", name):
        return None
    distance = edit_distance(name.lower(), near.lower(), max(1, len(name) // 3))
    if distance is None:
        return None
    others = (each for each in names if each not in (near, name))
    is_only = all(edit_distance(name.lower(), each.lower(), distance) is None for each in others)
    return near if is_only else None


def did_you_mean(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Returns the help line “did you mean `…`?” as a tuple of one, or an empty tuple."""
    candidate = closest(name, candidates)
    return (f"did you mean `{candidate}`?",) if candidate is not None else ()


def edit_distance(left: str, right: str, limit: int) -> int | None:
    """Returns the optimal string alignment distance (Damerau's four edits), or None above `limit`."""
    if abs(len(left) - len(right)) > limit:
        return None
    start = 0
    while start < len(left) and start < len(right) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, left_character in enumerate(left, start=1):
        current = [row]
        for column, right_character in enumerate(right, start=1):
            cost = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (left_character != right_character),
            )
            if (
                row > 1
                and column > 1
                and left_character == right[column - 2]
                and left[row - 2] == right_character
            ):
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return None
        before, previous = previous, current
    return previous[-1] if previous[-1] <= limit else None


def snake_case(name: str) -> str:
    """Returns `exampleGen` or `ExampleGen` as `example_gen`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def enumeration(names: Sequence[str], most: int = 12) -> str:
    """Returns the names in backticks, separated by commas, at most `most` of them."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def _is_beginning(left: str, right: str) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Returns the sentence about an unknown name: what it may have meant, or what there is instead."""
    names = list(known)
    if not names:
        return f"there is no {what} `{name}`: this pipeline has none."
    near = closest(name, names)
    if near is not None:
        return f"there is no {what} `{name}`; did you mean `{near}`?"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"there is no {what} `{name}`; there are: {', '.join(names[:20])}{more}."
