"""A component that only running its module shows."""

import json
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.experimental.simple_artifacts import Dataset


def Shout(data: InputArtifact[Dataset], made: OutputArtifact[Dataset], rate: Parameter[float] = 0.5):
    Path(made.uri).mkdir(parents=True, exist_ok=True)
    (Path(made.uri) / "given.json").write_text(json.dumps({"rate": rate, "type": data.type_name}))


globals()["Made"] = component(Shout)
