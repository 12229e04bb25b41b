# mypy: ignore-errors
"""Small components, copied into the projects of tests as their module ``steps``."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.experimental.simple_artifacts import Dataset


@component
def Make(made: OutputArtifact[Dataset], text: Parameter[str] = "made"):
    (Path(made.uri) / "text").write_text(text)
    made.set_int_custom_property("length", len(text))


@component
def Copy(source: InputArtifact[Dataset], made: OutputArtifact[Dataset]):
    (Path(made.uri) / "text").write_text((Path(source.uri) / "text").read_text())


@component
def Show(
    made: OutputArtifact[Dataset],
    whole: Parameter[int] = 7,
    number: Parameter[float] = 7.5,
    text: Parameter[str] = "seven",
    flag: Parameter[bool] = True,
):
    (Path(made.uri) / "shown").write_text(repr((whole, number, text, flag)))


@component
def Environment(made: OutputArtifact[Dataset]):
    folder = Path(made.uri)
    (folder / "arguments").write_text(repr(sys.argv[1:]))
    (folder / "folder").write_text(str(Path.cwd()))
    (folder / "variable").write_text(os.environ.get("EXAMPLE", ""))


@component
def Fail(made: OutputArtifact[Dataset], until: Parameter[str] = ""):
    (Path(made.uri) / "half").write_text("half done")
    if not until or not Path(until).exists():
        raise ValueError("the answer is not 42\nbut 41")


@component
def Exit(made: OutputArtifact[Dataset], code: Parameter[int] = 3):
    sys.exit(code)


@component
def Die(made: OutputArtifact[Dataset], number: Parameter[int], mark: Parameter[str]):
    (Path(made.uri) / "half").write_text("half done")
    if not Path(mark).exists():
        Path(mark).write_text("")
        os.kill(os.getpid(), number)


@component
def Litter(made: OutputArtifact[Dataset], number: Parameter[int], mark: Parameter[str]):
    Path(mark).write_text(tempfile.mkdtemp())
    if number:
        os.kill(os.getpid(), number)


@component
def Sleep(made: OutputArtifact[Dataset], seconds: Parameter[float], mark: Parameter[str] = ""):
    (Path(made.uri) / "half").write_text("half done")
    if mark:
        Path(mark).write_text(str(os.getpid()))
    time.sleep(seconds)


@component
def Stubborn(made: OutputArtifact[Dataset], mark: Parameter[str]):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(mark).write_text(str(os.getpid()))
    time.sleep(600)


@component
def Wander(made: OutputArtifact[Dataset], to: Parameter[str], fail: Parameter[bool] = False):
    (Path(made.uri) / "before").write_text("before")
    os.chdir(to)
    (Path(made.uri) / "after").write_text("after")
    made.set_string_custom_property("note", str(Path(made.uri) / "after"))
    if fail:
        raise ValueError("lost")


@component
def FinalState(made: OutputArtifact[Dataset]):
    (Path(made.uri) / "text").write_text(os.environ["TFXC_FINAL_STATE"])


@component
def Look(source: InputArtifact[Dataset], made: OutputArtifact[Dataset]):
    (Path(made.uri) / "names").write_text(repr(sorted(path.name for path in Path(source.uri).iterdir())))


@component
def CopyIfThere(made: OutputArtifact[Dataset], source: InputArtifact[Dataset] = None):
    text = (Path(source.uri) / "text").read_text() if source is not None else "there was none"
    (Path(made.uri) / "text").write_text(text)
