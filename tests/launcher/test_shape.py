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


def takes(
    one: int,
    other: int,
) -> int:
    # A comment,

    return (
        one + other
)  # fmt: skip


def test_a_function_ends_where_the_next_begins() -> None:
    assert has_lines(takes, "other: int,", ") -> int:", "return (", "one + other")
    assert not has_lines(takes, "def test_a_function_ends_where_the_next_begins() -> None:")
    assert not has_lines(grows, "def takes(")


class Holder:
    @staticmethod
    def first() -> int:
        return 1

    def second(self) -> int:
        return 2


def test_methods_are_told_apart_with_their_decorators() -> None:
    assert has_lines(Holder.first, "@staticmethod", "return 1")
    assert not has_lines(Holder.first, "return 2")
    assert has_lines(Holder.second, "return 2")
