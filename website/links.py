"""Links of the repository's pages, led to where their targets are on the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

_FENCE = re.compile(r"^ *(`{3,})(.*)$")
_NAMED_FENCE = re.compile(r"^( *`{3,}\w+) ([^\s=]+)$")
_CODE_WITH_BAR = re.compile(r"`([^`]*\\\|[^`]*)`")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")
_NOTE = re.compile(r"^<!-- .* -->$")

Places = Mapping[PurePosixPath, str]
"""file or folder of the repository → where it is on the site: a path, and an anchor for a part of a page"""


def outside_of_blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yields each line, and whether it is prose: no part of a fenced block."""
    fence = ""
    for line in text.splitlines():
        match = _FENCE.match(line)
        if fence:
            yield line, False
            if match and match.group(1).startswith(fence) and not match.group(2).strip():
                fence = ""
        elif match:
            fence = match.group(1)
            yield line, False
        else:
            yield line, True


def without_notes(text: str) -> str:
    """Returns the text without the comments that tell tests what the block below is."""
    return "\n".join(
        line for line, is_prose in outside_of_blocks(text) if not (is_prose and _NOTE.match(line))
    )


def with_titles(text: str) -> str:
    """Returns the text with the names of files behind a block's language as the block's title."""
    return "\n".join(
        line if is_prose else _NAMED_FENCE.sub(r'\1 title="\2"', line)
        for line, is_prose in outside_of_blocks(text)
    )


def with_bars(text: str) -> str:
    """Returns the text with the bars of code in tables as HTML: the generator shows their escape."""

    def shown(match: re.Match[str]) -> str:
        code = match.group(1).replace("&", "&amp;").replace("<", "&lt;").replace("\\|", "&#124;")
        return f"<code>{code}</code>"

    return "\n".join(
        _CODE_WITH_BAR.sub(shown, line) if is_prose and line.startswith("|") else line
        for line, is_prose in outside_of_blocks(text)
    )


def led_to_the_site(
    text: str, origin: PurePosixPath, page: PurePosixPath, places: Places, repository: str
) -> str:
    """Returns the Markdown of ``origin`` with its links as they are on ``page``.

    A file that the site does not have is linked in the repository, whose address is ``repository``; without
    one its name stays, and leads nowhere.
    """

    def led(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        if _ELSEWHERE.match(target) or target.startswith("#"):
            return match.group(0)
        file, _, anchor = target.partition("#")
        wanted = PurePosixPath(posixpath.normpath(origin.parent / file))
        place = places.get(wanted)
        if place is None:
            if not repository:
                return words
            return f"{picture}[{words}]({repository}/blob/main/{wanted}{'#' + anchor if anchor else ''})"
        there, _, own_anchor = place.partition("#")
        relative = posixpath.relpath(there, page.parent)
        anchor = anchor or own_anchor
        return f"{picture}[{words}]({relative}{'#' + anchor if anchor else ''})"

    return (
        "\n".join(_LINK.sub(led, line) if is_prose else line for line, is_prose in outside_of_blocks(text))
        + "\n"
    )
