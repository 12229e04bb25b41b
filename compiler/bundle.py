"""Writing a bundle to a folder, and reading the user's modules for it.

What tfxc wrote into a folder is listed in its manifest, with hashes. Only those files are ever
replaced or removed, and only as long as nobody has changed them; every refusal comes before the
first write. Each file is written whole or not at all, and a file that is right already is left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tfxc.backends import Bundle
from tfxc.schemas.carried_files import carried_files
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan

MANIFEST = PurePosixPath(".tfxc-bundle.json")
FORMAT = "tfxc.bundle/1"


class BundleError(Failure):
    """The bundle cannot be written as things are. Nothing was changed."""


@dataclass(frozen=True)
class Written:
    """What writing a bundle did: paths relative to its folder, sorted."""

    written: tuple[PurePosixPath, ...]
    unchanged: tuple[PurePosixPath, ...]
    removed: tuple[PurePosixPath, ...]


def read_modules(plan: Plan, folder: Path) -> dict[PurePosixPath, bytes]:
    """Returns the Plan's module files by their path in a bundle, ``modules/<index>/<file>``, and the files
    that bundles carry, under their own.

    ``folder`` is the spec's. Raises BundleError for a file that cannot be read.
    """
    sources = {
        PurePosixPath("modules", str(index), file): folder / module_folder.source / file
        for index, module_folder in enumerate(plan.modules)
        for file in module_folder.files
    }
    sources.update({file: folder / file for file in carried_files(plan)})
    contents: dict[PurePosixPath, bytes] = {}
    for inside, path in sources.items():
        try:
            contents[inside] = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path} cannot be read: {error.strerror}") from None
    return contents


def write_bundle(bundle: Bundle, folder: Path, backend: str, force: bool = False) -> Written:
    """Writes a bundle's files into a folder, which is made if it is not there.

    Files of an earlier bundle that this one does not have are removed. A file that tfxc did not
    write is never touched; one that it wrote and somebody changed is replaced only with ``force``.
    Raises BundleError before anything is written, OSError if writing fails.
    """
    for path in bundle.files:
        _check_path(path)
    if folder.exists() and not folder.is_dir():
        raise BundleError(f"{folder} is a file; name a folder for the bundle")
    ours = _read_manifest(folder)
    stale = [path for path in ours if path not in bundle.files and os.path.lexists(folder / path)]
    for path in (*bundle.files, *stale):
        _check_place(folder, path)
    unchanged = []
    for path, content in bundle.files.items():
        if _is_free(folder, path, content, ours, force):
            unchanged.append(path)
    for path in stale:
        _check_unmodified(folder, path, ours[path], force)
    changed = sorted(path for path in bundle.files if path not in unchanged)
    for path in changed:
        _write_file(folder / path, bundle.files[path])
    for path in stale:
        _remove(folder, path)
    _write_manifest(folder, bundle, backend)
    return Written(tuple(changed), tuple(sorted(unchanged)), tuple(sorted(stale)))


def _check_path(path: PurePosixPath) -> None:
    if path.is_absolute() or ".." in path.parts or not path.parts or path == MANIFEST or "\0" in str(path):
        raise BundleError(f"the backend names a file `{path}`, which a bundle cannot hold")


def _check_place(folder: Path, path: PurePosixPath) -> None:
    """Refuses a place that leads out of the folder, or where a folder or device stands."""
    place = folder
    for part in path.parts:
        place = place / part
        try:
            kind = place.lstat().st_mode
        except FileNotFoundError:
            return
        except NotADirectoryError:
            raise BundleError(f"{place.parent} is a file, and the bundle needs a folder there") from None
        if stat.S_ISLNK(kind):
            raise BundleError(f"{place} is a symbolic link; remove it, or name another folder")
    if not stat.S_ISREG(kind):
        raise BundleError(f"{place} is not a regular file; remove it, or name another folder")


def _is_free(
    folder: Path, path: PurePosixPath, content: bytes, ours: Mapping[PurePosixPath, str], force: bool
) -> bool:
    """Returns whether the right content is there already; refuses what must not be replaced."""
    place = folder / path
    if not place.exists():
        return False
    if _hash(place.read_bytes()) == _hash(content):
        return True
    if path not in ours:
        raise BundleError(f"{place} was not written by tfxc; move it away, or name another folder")
    _check_unmodified(folder, path, ours[path], force)
    return False


def _check_unmodified(folder: Path, path: PurePosixPath, expected: str, force: bool) -> None:
    if not force and _hash((folder / path).read_bytes()) != expected:
        raise BundleError(
            f"{folder / path} was changed since tfxc wrote it; keep the change elsewhere and use --force"
        )


def _read_manifest(folder: Path) -> dict[PurePosixPath, str]:
    place = folder / MANIFEST
    if not os.path.lexists(place):
        return {}
    _check_place(folder, MANIFEST)
    try:
        manifest = json.loads(place.read_bytes())
        if manifest["format"] != FORMAT:
            raise ValueError
        files = {PurePosixPath(path): str(digest) for path, digest in manifest["files"].items()}
        for path in files:
            _check_path(path)
    except (ValueError, KeyError, TypeError, AttributeError, BundleError):
        raise BundleError(f"{place} is not a manifest of tfxc; remove it, or name another folder") from None
    return files


def files_written_to(folder: Path) -> tuple[PurePosixPath, ...]:
    """Returns what tfxc has written to a folder, relative to it: nothing where it has no manifest."""
    try:
        return tuple(_read_manifest(folder))
    except (OSError, BundleError):
        return ()


def _write_manifest(folder: Path, bundle: Bundle, backend: str) -> None:
    files = {str(path): _hash(content) for path, content in sorted(bundle.files.items())}
    text = json.dumps({"format": FORMAT, "backend": backend, "files": files}, indent=2) + "\n"
    place = folder / MANIFEST
    if not place.exists() or place.read_bytes() != text.encode():
        _write_file(place, text.encode())


def _write_file(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".tfxc-", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        Path(name).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _remove(folder: Path, path: PurePosixPath) -> None:
    (folder / path).unlink()
    for parent in _parents(path):
        try:
            (folder / parent).rmdir()
        except OSError:  # something else is in it
            return


def _parents(path: PurePosixPath) -> Iterable[PurePosixPath]:
    return [parent for parent in path.parents if parent != PurePosixPath(".")]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
