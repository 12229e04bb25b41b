"""Headers of a request that a user gives: their values may be secrets, so no message shows one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tfxc.backends.web.client import ServerError

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset({"content-length", "transfer-encoding", "host", "connection"})
"""What belongs to the connection, not to whoever asks."""


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns headers as they can be sent. Raises ServerError, which names a header and not its value."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OWN:
            raise ServerError(f"`{name}` cannot be given as a header.")
        if not (value.isascii() and value.strip().isprintable()):
            raise ServerError(f"the header `{name}` has characters that no header has.")
    return {name: value.strip() for name, value in headers.items()}
