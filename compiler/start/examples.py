"""The examples that tfxc carries: the specs of its repository, without what runs and generators leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tfxc.compiler.source.read import SPEC_FILE
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.generator import GENERATOR
from tfxc.schemas.words.suggest import did_you_mean

FOLDER = Path(__file__).parents[2] / "specs"
"""In the repository and in an installed wheel alike: beside `compiler`."""
PATTERNS = (
    *("*.yaml", "*.py", "*.md", "schema/*.pbtxt"),
    *("features/*.py", "features/*.txt", "features/*.yaml", "features/schema/*.pbtxt"),
    *("model/*.py", "model/*.yaml", "models/*.py"),
)
"""The files of an example. The package data of pyproject.toml says the same of the wheel."""
WITH_DATA = {"parts": "data/*.csv", "penguin": "data/*.csv"}
"""Examples whose data are not made by a program."""

_EDITOR = re.compile(r"^# yaml-language-server:.*\n#?\n?", re.MULTILINE)
_DESCRIPTION = re.compile(r"^description: (.*)", re.MULTILINE)
_IGNORED = re.compile(r"^ignore: \[W760\].*\n\n?", re.MULTILINE)
"""The repository has no data; who starts from an example is told that they must be made."""
_LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)+[^)]*\)")
_OF_REPOSITORY = ("uv run python ", "uv run tfxc ")


@dataclass(frozen=True)
class Example:
    """An example: ``beside`` are the others that it expects in folders beside its own."""

    name: str
    description: str
    folder: Path
    files: tuple[Path, ...]
    beside: tuple[str, ...]

    @property
    def makes_data(self) -> bool:
        """Whether a program must make its data before it runs."""
        return self.name not in WITH_DATA and any(file.name == GENERATOR for file in self.files)


def examples() -> tuple[Example, ...]:
    """Returns the examples by name. Raises Failure if this installation has none."""
    specs = sorted(FOLDER.glob(f"*/{SPEC_FILE}"))
    if not specs:
        raise Failure("this installation of tfxc has no examples: install it anew")
    names = [spec.parent.name for spec in specs]
    return tuple(_example(spec.parent, names) for spec in specs)


def example(name: str) -> Example:
    """Returns an example. Raises WrongUse if there is none of that name."""
    found = {each.name: each for each in examples()}
    if name not in found:
        help = did_you_mean(name, found) or (f"they are {', '.join(found)}",)
        raise WrongUse(f"there is no example `{name}`; {'; '.join(help)}")
    return found[name]


def copy_example(example: Example, folder: Path, name: str) -> None:
    """Writes the files of an example into a folder that is called ``name`` in what they say of themselves."""
    for file in example.files:
        target = folder / file.relative_to(example.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        target.write_text(
            text if file.suffix == ".csv" else _moved(text, example.name, name), encoding="utf-8", newline=""
        )


def _moved(text: str, example: str, name: str) -> str:
    """Returns a text with the places that it names where they are now; links into the repository are gone."""
    text = _IGNORED.sub("", _LINK.sub(r"\1", _EDITOR.sub("", text, count=1)))
    for command in _OF_REPOSITORY:
        text = text.replace(command, command.removeprefix("uv run "))
    beside = Path(name).parent
    return text.replace(f"specs/{example}", name).replace(
        "specs/", "" if beside == Path() else f"{beside.as_posix()}/"
    )


def _example(folder: Path, names: list[str]) -> Example:
    patterns = (*PATTERNS, *([WITH_DATA[folder.name]] if folder.name in WITH_DATA else []))
    files = sorted({file for pattern in patterns for file in folder.glob(pattern) if file.is_file()})
    text = (folder / SPEC_FILE).read_text(encoding="utf-8")
    described = _DESCRIPTION.search(text)
    beside = [name for name in names if name != folder.name and f"../{name}/" in text]
    return Example(
        folder.name, described.group(1) if described is not None else "", folder, tuple(files), tuple(beside)
    )
