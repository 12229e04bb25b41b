"""Writing a source text back into its file."""

from __future__ import annotations

import difflib
from pathlib import Path

from tfxc.schemas.failures import Failure, because
from tfxc.schemas.whole_files import write_whole

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def save(path: Path, old: str, new: str) -> None:
    """Writes a text in the place of the one that was read: the file keeps its mode, its links and its byte
    order mark. Raises Failure if it cannot be written, or if it is another text by now."""
    try:
        content = path.read_bytes()
        mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
        if content.removeprefix(mark) != old.encode("utf-8"):
            raise Failure(f"{path} was changed while it was read, and is left as it is: try again.")
        write_whole(path, mark + new.encode("utf-8"))
    except OSError as error:
        raise Failure(f"{path} is left as it is, {because(error, path)}.") from None


def unified_diff(old: str, new: str, name: str) -> str:
    """Returns how a text changes, as ``patch`` and ``git apply`` take it; "" if it does not."""
    lines: list[str] = []
    for line in difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """Returns the lines of a text with their ends, as ``diff`` counts them: only LF ends one."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
