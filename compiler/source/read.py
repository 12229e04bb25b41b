"""Reading a file that a user named, whatever it turns out to be."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tfxc.compiler.source.files import DISK, Files, KeptInput, SpecialFileError
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes."""

STANDARD_INPUT = Path("-")
"""The name that stands for standard input."""

SPEC_FILE = "pipeline.yaml"
"""What the spec of a folder is called."""

_PLAIN = b"\t\n\r" + bytes(range(0x20, 0x7F))
_NOT_ALLOWED = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class UnreadableFileError(Exception):
    """A file cannot be opened. The text is a sentence without the file's name."""


def read_source(path: Path, files: Files = DISK) -> tuple[Source, tuple[Diagnostic, ...]]:
    """Reads a spec's text.

    Returns the source, its text empty where the content is not to be parsed, and why it is not.
    A UTF-8 byte order mark is dropped. Raises UnreadableFileError.
    """
    if path == STANDARD_INPUT:
        kept = files.standard_input if isinstance(files, KeptInput) else read_standard_input()
        content, file, folder = kept, "<stdin>", Path()
    else:
        content, file, folder = _read(path, files), str(path), path.parent
    if len(content) > LARGEST_FILE:
        source = Source(file, "", folder)
        message = f"the file is larger than {LARGEST_FILE // 2**20} MiB"
        return source, (
            _diagnostic("Y014", message, source, 0, "a spec is text; data belongs into files beside it"),
        )
    return _decode(content, file, folder)


def read_standard_input() -> bytes:
    """Returns standard input to its end, or as much of it as shows that it is too large."""
    return sys.stdin.buffer.read(LARGEST_FILE + 1)


def _read(path: Path, files: Files) -> bytes:
    try:
        return files.read(path, LARGEST_FILE + 1)
    except FileNotFoundError:
        raise UnreadableFileError("there is no such file") from None
    except IsADirectoryError:
        raise UnreadableFileError("that is a folder, not a file") from None
    except SpecialFileError:
        raise UnreadableFileError("that is not a regular file") from None
    except (OSError, ValueError) as error:
        raise UnreadableFileError(_reason(error)) from None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "you may not read it"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _decode(content: bytes, file: str, folder: Path) -> tuple[Source, tuple[Diagnostic, ...]]:
    help = "save the file as UTF-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        source = Source(file, "", folder)
        return source, (_diagnostic("Y013", "the file is UTF-16, not UTF-8", source, 0, help),)
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        source = Source(file, content.decode("utf-8", "replace"), folder)
        offset = len(content[: error.start].decode("utf-8"))
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        return source, (_diagnostic("Y013", message, source, offset, help),)
    source = Source(file, text, folder)
    # compiling the pattern takes longer than reading most specs, which are ASCII
    found = re.search(_NOT_ALLOWED, text) if content.translate(None, _PLAIN) else None
    if found is None:
        return source, ()
    message = f"the character U+{ord(found.group()):04X} is not allowed in YAML"
    help = (
        f'remove it; in a quoted string write "\\x{ord(found.group()):02x}"'
        if ord(found.group()) < 256
        else help
    )
    return source, (_diagnostic("Y013", message, source, found.start(), help),)


def _diagnostic(code: str, message: str, source: Source, offset: int, help: str) -> Diagnostic:
    span = source.span(offset, min(offset + 1, len(source.text)))
    return Diagnostic(code, severity_of(code), message, span, (), (help,))
