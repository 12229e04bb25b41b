"""The component type that an unknown one stands for: by its words, not by its letters alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.words.suggest import edit_distance, snake_case
from tfxc.schemas.words.wording import joined

_MOST = 4
_LEAST = 0.7
"""What names must share: two common words, or one of their own."""
_SURE = 6
"""Letters from which on two words that begin alike are one, such as predict and prediction."""
_COMMON = frozenset({"example", "gen", "generator", "component", "model", "data", "file"})
"""Words that say little: half the type names have one of them."""


def meant_types(name: str) -> tuple[str, ...]:
    """Returns the standard component types that a name may stand for, the likeliest first.

    One if that is sure: the same letters, what a model says that it is also called, or a slip of the pen.
    Else those that share the words that say most; none if no word is known.
    """
    plain = _plain(name)
    for type_name in component_types():
        names = (type_name, *component_model(type_name).also_called)
        if plain and any(plain == _plain(each) for each in names):
            return (type_name,)
    limit = 2 if len(name) >= 8 else 1
    near = {each: edit_distance(name.lower(), each.lower(), limit) for each in component_types()}
    slips = [each for each, distance in near.items() if distance is not None]
    if slips and len(name) > 2:
        return tuple(sorted(slips, key=lambda each: near[each] or 0)[: 1 if _has_one_nearest(near) else None])
    return _by_words(_words(name))


def _has_one_nearest(distances: Mapping[str, int | None]) -> bool:
    found = sorted(each for each in distances.values() if each is not None)
    return found[1:2] != found[:1]


def did_you_mean_type(name: str) -> tuple[str, ...]:
    """Returns the help line “did you mean …?” as a tuple of one, or an empty tuple."""
    meant = meant_types(name)
    return (f"did you mean {joined([f'`{each}`' for each in meant])}?",) if meant else ()


def _by_words(words: tuple[str, ...]) -> tuple[str, ...]:
    scores = {each: _score(words, each) for each in component_types()}
    best = max(scores.values())
    if best < _LEAST:
        return ()
    return tuple(each for each, score in scores.items() if score == best)[:_MOST]


def _score(words: tuple[str, ...], type_name: str) -> float:
    """How much a type has of some words: words of its name count most, common ones least."""
    own, also = _words_of(type_name)
    score = 0.0
    for word in words:
        weight = 0.25 if word in _COMMON else 1.0
        if any(_alike(word, each) for each in own):
            score += 1.5 * weight
        elif any(_alike(word, each) for each in also):
            score += weight
    return score


@cache
def _words_of(type_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the words of a type's name, and those of what else it is called."""
    also = [word for each in component_model(type_name).also_called for word in _words(each)]
    return _words(type_name), tuple(also)


def _words(name: str) -> tuple[str, ...]:
    """Returns the words of a name in whatever case, without the s of a plural."""
    parts = snake_case(name.replace("-", "_").replace(" ", "_")).split("_")
    return tuple(part.removesuffix("s") for part in parts if part)


def _alike(left: str, right: str) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return left == right or (len(shorter) >= 4 and longer.startswith(shorter[:_SURE]))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
