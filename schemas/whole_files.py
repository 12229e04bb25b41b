"""Files that are written all at once."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str | bytes) -> None:
    """Writes a file all at once: whoever reads it, or is left with it, has the old or the new one.

    Where there is a file it keeps its mode, and behind a link the link stays. Raises OSError, which names
    the file, also for one that is not to be written to: taking its place would not ask.
    """
    target = Path(os.path.realpath(path))
    content = text.encode("utf-8") if isinstance(text, str) else text
    try:
        mode = _mode(target)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _mode(target: Path) -> int:
    """Returns the mode that a file is to have. Raises OSError if it is not to be written to."""
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        current = os.umask(0)
        os.umask(current)
        return 0o666 & ~current
    if not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    if not found & 0o222 or not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it may only be read", str(target))
    return stat.S_IMODE(found)
