"""What to show of a log on one line: the last thing that it says, and how far a training is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tfxc.backends.reports.one_line import JOINER

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and movements of the cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links, up to their end
    r"|\x1b[ -/]*[0-~]?"
)
_PREFIX = re.compile(r"(?:INFO|WARNING|ERROR|CRITICAL):[\w.]*:|I\d{4} [\d:.]+ +\d+ [\w./-]+:\d+\] ")
_NOISE = re.compile(
    r"""
    ^[WE]\d{4}\ \d\d:\d\d:\d\d                # glog: warnings
    | ^\d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IWE]\ ?   # TensorFlow's C++ side
    | ^WARNING:(?:absl|tensorflow|apache_beam|root)?:
    | ^DEBUG:
    | ^WARNING:\ All\ log\ messages\ before\ absl
    | ^To\ enable\ the\ following\ instructions
    | ^INFO:absl:(?:Feature\ .*\ has\ |Function\ `|udf_utils\.|Writing\ fingerprint\ |Sharding\ callback\ )
    | ^\s*\d+/\d+\s*$                        # the beginning of a progress bar
    | ^\S+\.py:\d+:\ \w*Warning:
    """,
    re.VERBOSE,
)
_TEXT_PROTO = re.compile(
    r"^\s|^[}\])]|[{\[(=]$|^\W*$|^\.\ |^[\w.\[\]/]+:\s(?:[-+\d.]|\"|true$|false$|[A-Z_]+$)"
)
"""what lines of a message's text form look like, which TFX logs dozens of"""
_EPOCH = re.compile(r"^Epoch (\d{1,9}/\d{1,9})\s*$")
_FRAMES = re.compile(r"\r|\x08+")
_STEPS = re.compile(r"^\s*(\d{1,12})/(\d{1,12}|Unknown)\s+(?=[-\[━\d])(.*)$")
_LOSS = re.compile(r"\bloss: ([-+\w.]{1,24})")


@dataclass(frozen=True)
class Said:
    """What a log said last, in one line, and the epoch whose steps it counts, if it does."""

    words: str = ""
    epoch: str = ""


def clean_line(text: str) -> str:
    """Returns a text in one line, without what would move a cursor, change a colour or reorder letters."""
    plain = _ESCAPES.sub("", text)
    kept = "".join(" " if each.isspace() else each for each in plain if each.isspace() or _is_shown(each))
    return " ".join(kept.split())


def what_it_says(log: str, before: Said) -> Said:
    """Returns how far the training is that a log's end tells of, or the last thing that the log says.

    That is ``before``, what it had said earlier, if there is nothing but the chatter of TFX, TensorFlow and
    Beam. A last line that is not at its end yet counts only where it is one that is written again and again.
    """
    said = before
    *ended, last = log.split("\n")
    for line in ended:
        said = _after(line, said, ended=True)
    return _after(last, said, ended=False) if "\r" in last or "\b" in last else said


def _after(line: str, said: Said, *, ended: bool) -> Said:
    """Returns what a log says after one more line, which may be several that overwrite each other."""
    for frame in reversed(_FRAMES.split(_ESCAPES.sub("", line))):
        if epoch := _EPOCH.match(frame):
            return Said(said.words, epoch[1])
        if words := _training(frame, said.epoch):
            return Said(words, "" if ended else said.epoch)
        if words := _meant(frame):
            return Said(words, said.epoch)
    return said


def _training(frame: str, epoch: str) -> str:
    """Returns step and loss of a state of Keras' progress bar; nothing if it is none, or not a whole one."""
    steps = _STEPS.match(frame)
    loss = _LOSS.search(steps[3]) if steps is not None else None
    if steps is None or loss is None:
        return ""
    of = "" if steps[2] == "Unknown" else f"/{steps[2]}"
    return (
        f"{f'epoch {epoch} ' if epoch and not epoch.endswith('/1') else ''}step {steps[1]}{of} loss {loss[1]}"
    )


def _meant(line: str) -> str:
    """Returns the words of a line that is written for people, else nothing."""
    if _NOISE.match(line) or _STEPS.match(line):
        return ""
    words = _PREFIX.sub("", line, count=1)
    if words != line and _TEXT_PROTO.search(words):
        return ""
    return clean_line(words) if re.search(r"\w", words) else ""


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] != "C" or character == JOINER
