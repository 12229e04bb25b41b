"""tfxc itself as a wheel, built from the installed package: the image runs what compiled the bundle.

So an image can be built wherever its requirements can be had, whether tfxc is on an index there or not.
The archive is not compressed and has no dates: the same tfxc gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

_PACKAGES = ("tfxc.schemas", "tfxc.backends", "tfxc.compiler")
_NOT_SHIPPED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: tfxc\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@cache
def own_wheel() -> tuple[str, bytes]:
    """Returns the file name and the content of a wheel of the tfxc that is running. It is built once."""
    own = distribution("tfxc")
    stem = f"tfxc-{own.version}"
    files = dict(sorted(_sources()))
    info = f"{stem}.dist-info"
    metadata = own.read_text("METADATA") or own.read_text("PKG-INFO") or ""
    files[f"{info}/METADATA"] = metadata.encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    files[f"{info}/entry_points.txt"] = (own.read_text("entry_points.txt") or "").encode()
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return f"{stem}-py3-none-any.whl", _archive(files)


def _sources() -> Iterator[tuple[str, bytes]]:
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec is not None else None) or ():
            root = PurePosixPath(*package.split("."))
            for path in Path(folder).rglob("*"):
                relative = path.relative_to(folder)
                if path.is_file() and not _NOT_SHIPPED.intersection(relative.parts):
                    yield str(root / PurePosixPath(*relative.parts)), path.read_bytes()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
