"""Writing an ejected program into a new folder, with the modules and a README."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from tfxc.compiler.ejecting.program import PROGRAM, Ejected
from tfxc.compiler.start.write import write_new
from tfxc.schemas.failures import WrongUse


def write_ejected(ejected: Ejected, target: Path, name: str, spec_folder: Path) -> None:
    """Writes a program, its modules and a README. Raises WrongUse, OSError."""
    if PROGRAM in ejected.modules:
        raise WrongUse(f"a module of the pipeline is called {PROGRAM}, as the program is: rename it")
    contents = {path: source.read_bytes() for path, source in ejected.modules.items()}

    def into(folder: Path) -> None:
        files = {
            **contents,
            PROGRAM: ejected.program.encode(),
            _README: _readme(ejected, name, target, spec_folder),
        }
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

    write_new(target, into)


_README = PurePosixPath("README.md")


def _readme(ejected: Ejected, name: str, target: Path, spec_folder: Path) -> bytes:
    lacks = [f"- {each}" for each in ejected.missing]
    lines = [
        f"# {name}",
        "",
        "A pipeline of plain TFX. Relative paths start at the working directory:",
        "",
        "```bash",
        f"cd {spec_folder}",
        f"python {target.resolve() / PROGRAM}",
        "```",
        "",
        "The arguments of `create_pipeline()` are what a run may change.",
        *(["", "What plain TFX does not do of what the spec says:", "", *lacks] if lacks else []),
    ]
    return ("\n".join(lines) + "\n").encode()
