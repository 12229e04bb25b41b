"""What `tfxc import` asks the launcher for, and the answer: one JSON file each."""

from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field

PROGRAM = "tfxc.backends.launcher.importing.program"
"""Its function ``main`` takes the files of the request and of the answer as arguments."""


class ImportRequest(BaseModel):
    """A file with a pipeline: ``python``, which is run, or TFX's IR in any of protobuf's formats.

    ``call`` is a function of the Python file that returns the pipeline, with its ``call_arguments`` as texts;
    ``arguments`` are those of the program; ``pipeline`` is the name of one of several.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    kind: Literal["python", "ir"]
    call: Optional[str] = None
    call_arguments: dict[str, str] = Field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    pipeline: Optional[str] = None


class ImportAnswer(BaseModel):
    """The IR as protobuf's JSON with the names of its fields, or the sentence why there is none.

    ``modules`` are the files of the Python modules that the pipeline names, TFX's own left out. ``notes``
    are sentences on how the pipeline was come by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ir: Optional[dict[str, Any]] = None
    modules: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failure: Optional[str] = None
    wrong_use: bool = False
