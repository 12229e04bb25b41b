"""What AutoGraph and Keras 3 put around an error of the user's code: the error itself, and its line.

AutoGraph raises it anew with a text that lists the user's lines (marked ``*``) and ends with the error; Keras
with one that has the reason (in bold, by Keras 3) between the layer's call and its arguments. Either may be
inside the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

AUTOGRAPH = "in user code:"
_FRAME = re.compile(r'^ *File "(?P<file>.+?)", line (?P<line>\d+), in (?P<function>.+?)(?P<users>  \*)?$')
_LAST = re.compile(r"^    (?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit)): (?P<reason>.*)$")
_KERAS = re.compile(
    r"Exception encountered when calling (?P<layer>.+?)\.?\n+(?:\x1b\[1m)?(?P<reason>.*)", re.DOTALL
)
_KERAS_END = re.compile(r"(?:\x1b\[0m)?\n+(?:Call arguments received by|Arguments received by) ")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_MOST_LAYERS = 20


@dataclass(frozen=True)
class Line:
    """A line of the user's code."""

    file: str
    number: int
    function: str


@dataclass(frozen=True)
class Unwrapped:
    """An error as it was raised first: its class's name where that is told, what it says, and where."""

    kind: Optional[str]
    reason: str
    line: Optional[Line]


def text_of(problem: BaseException) -> str:
    """Returns what an exception says. Raises what its ``__str__`` raises. A KeyError's would be quoted."""
    is_text = isinstance(problem, KeyError) and len(problem.args) == 1 and type(problem.args[0]) is str
    if is_text and "\n" in problem.args[0]:
        return str(problem.args[0])
    return str(problem)


def unwrapped(text: str, is_users: Callable[[str], bool]) -> Unwrapped:
    """Returns the error inside a text, which is the text itself if nothing is around it.

    ``is_users`` tells whether a file is the user's.
    """
    kind: Optional[str] = None
    line: Optional[Line] = None
    for _ in range(_MOST_LAYERS):
        start = text.find(AUTOGRAPH)
        if start >= 0 and "\n" in text[start:]:
            kind, text, found = _out_of_autograph(text[start:], is_users)
            line = found or line
            continue
        keras = _KERAS.search(text)
        if keras is None:
            break
        text = _KERAS_END.split(keras["reason"])[0]
    return Unwrapped(kind, _STYLE.sub("", text).strip(), line)


def _out_of_autograph(
    text: str, is_users: Callable[[str], bool]
) -> tuple[Optional[str], str, Optional[Line]]:
    lines = text.splitlines()[1:]
    line: Optional[Line] = None
    for position, each in enumerate(lines):
        frame = _FRAME.match(each)
        if frame is not None and frame["users"] and is_users(frame["file"]):
            line = Line(frame["file"], int(frame["line"]), frame["function"])
        last = _LAST.match(each)
        if last is not None:
            rest = [more.removeprefix("    ") for more in lines[position + 1 :]]
            return last["kind"].rpartition(".")[2], "\n".join([last["reason"], *rest]), line
    told = [each.strip() for each in lines if each.strip()]
    return None, told[-1] if told else "", line
