"""Which functions count as those that replacements were written for."""

from __future__ import annotations

from tfxc.backends.launcher.speed.shape import has_lines


def grows(number: int) -> int:
    if number > 1:
        number += 1
    return number


def test_lines_are_looked_for_whole_and_in_their_order() -> None:
    assert has_lines(grows, "if number > 1:", "return number")
    assert not has_lines(grows, "return number", "if number > 1:")
    assert not has_lines(grows, "if number > 2:")
    assert not has_lines(grows, "number")


def test_what_has_no_source_has_no_lines() -> None:
    assert not has_lines(len, "return number")
    assert not has_lines(None, "return number")
