"""Writing an imported spec and the modules that it needs: all of it or nothing, never over what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tfxc.compiler.source.read import SPEC_FILE
from tfxc.schemas.failures import Failure, WrongUse, because
from tfxc.schemas.whole_files import write_whole

NOTHING_INCLUDED: Mapping[PurePosixPath, str] = {}


def require_no_spec(folder: Path) -> None:
    """Raises WrongUse if a spec is there already, or if there is no making the folder."""
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file: name another folder")
    spec = folder / SPEC_FILE
    if spec.exists() or spec.is_symlink():
        raise WrongUse(f"{spec} is there already, and nothing is ever overwritten: name another folder")


def write_imported(
    folder: Path,
    text: str,
    copies: Mapping[PurePosixPath, Path],
    included: Mapping[PurePosixPath, str] = NOTHING_INCLUDED,
) -> list[Path]:
    """Writes a spec, the texts of those that it includes, and copies of modules. Returns the modules that are
    new. Raises WrongUse, Failure."""
    texts = {folder / place: inner for place, inner in included.items()}
    for path in (folder / SPEC_FILE, *texts):
        require_no_spec(path.parent)
    contents = {folder / place: source.read_bytes() for place, source in copies.items()}
    for path, content in contents.items():
        if (path.exists() or path.is_symlink()) and (not path.is_file() or path.read_bytes() != content):
            raise WrongUse(f"{path} is there already and is another file: name another folder")
    new = [path for path in contents if not path.exists()]
    try:
        for path in (*new, *texts, folder / SPEC_FILE):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, contents[path] if path in contents else texts.get(path, text).encode("utf-8"))
    except OSError as error:
        raise Failure(f"{because(error, folder)}.") from None
    return new
