"""Columns that the user's code asks for and that the examples which it reads do not have."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from typing import Any, Optional

from tfxc.backends.launcher.node.labels import columns_of, listed
from tfxc.backends.launcher.node.wrapped_errors import text_of, unwrapped
from tfxc.schemas.words.suggest import closest

_LABEL_KEY = re.compile(r"The `label_key` provided \((?P<name>.+?)\) must be one of the following tensors")
"""``record_based_tfxio.py`` of tfx_bsl, where ``TensorFlowDatasetOptions`` are read."""


def missing_column(
    problem: BaseException, sentence: str, examples: Callable[[], Iterable[Any]]
) -> Optional[str]:
    """Returns which columns there are in the place of one that is not; None if that is not what failed.

    ``sentence`` is what is said of it without that, and ends with the place in brackets. ``examples`` returns
    the artifacts that the node reads. For after a failure: it reads files.
    """
    with contextlib.suppress(Exception):  # an explanation is none where it fails itself
        name, is_sure = _asked_for(problem, sentence)
        if name is None:
            return None
        columns = sorted({column for artifact in examples() for column in columns_of(artifact.uri)})
        near = closest(name, columns)
        if not columns or name in columns or (near is None and not is_sure):
            return None
        meant = f"; did you mean `{near}`?" if near is not None else "."
        return (
            f"the examples have no column `{name}`{_place(sentence)}{meant} The columns are "
            f"{listed(name, columns)}."
        )
    return None


def _asked_for(problem: BaseException, sentence: str) -> tuple[Optional[str], bool]:
    """The name, and whether it is surely one of a column: code may have mappings of its own."""
    text = text_of(problem)
    label = _LABEL_KEY.search(text)
    if label is not None:
        return label["name"], True
    if not isinstance(problem, KeyError):
        return None, False
    if "\n" in text:
        inner = unwrapped(text, lambda file: "site-packages" not in file)
        return inner.reason.strip("'\""), False
    name = problem.args[0] if problem.args else None
    return (name if type(name) is str else None), "have no column" in sentence


def _place(sentence: str) -> str:
    found = re.search(r" \([^()]+, line \d+\)", sentence)
    return f", which the code asks for{found[0]}" if found is not None else ""
