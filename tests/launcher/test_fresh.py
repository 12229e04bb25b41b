"""Environment variables that libraries read when they are imported."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.import_variables import needs_fresh_interpreter


@pytest.mark.parametrize(
    ("name", "fresh"),
    [
        ("TF_USE_LEGACY_KERAS", True),
        ("OMP_NUM_THREADS", True),
        ("API_TOKEN", False),
        ("CUDA_VISIBLE_DEVICES", False),
    ],
)
def test_which_variables_need_a_fresh_interpreter(name: str, fresh: bool) -> None:
    assert needs_fresh_interpreter([name]) is fresh


STEPS = """
    import os
    import time

    from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.experimental.simple_artifacts import Dataset


    @component
    def Backend(made: OutputArtifact[Dataset], mark: Parameter[str] = "", number: Parameter[int] = 0):
        import keras

        made.set_string_custom_property("keras", keras.config.floatx())
        if mark:
            with open(mark, "w") as stream:
                stream.write(str(os.getpid()))
            if number:
                os.kill(os.getpid(), number)
            time.sleep(600)
"""


@pytest.fixture
def node(plans: Any, tmp_path: Path) -> Any:
    """A node whose Keras is configured by a variable and a file."""
    plans.write(tmp_path, {"steps.py": STEPS, "keras/keras.json": '{"floatx": "float64"}'})

    def build(**arguments: Any) -> Any:
        return plans.step(
            "backend",
            "Backend",
            outputs={"made": "Dataset"},
            arguments={name: plans.value(value) for name, value in arguments.items()},
            execution=plans.execution(env={"KERAS_HOME": {"$path": "keras"}}),
        )

    return build


@pytest.mark.tfx
def test_such_a_variable_reaches_the_library(launcher: Any, plans: Any, node: Any, tmp_path: Path) -> None:
    result = launcher.open(plans.plan_of(tmp_path, node()), tmp_path).node("backend")
    (artifact,) = result.artifacts
    assert artifact.properties["keras"] == "float64"


@pytest.mark.tfx
def test_a_crash_and_a_stop_are_told_as_for_any_node(
    launcher: Any, plans: Any, node: Any, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    run = launcher.open(plans.plan_of(tmp_path, node(mark=str(mark), number=int(signal.SIGABRT))), tmp_path)
    assert "was killed by signal 6" in run.node("backend").error.message
    mark.unlink()
    run = launcher.open(plans.plan_of(tmp_path, node(mark=str(mark))), tmp_path)
    identifier = run.start("backend")
    while not mark.exists() or not mark.read_text():
        time.sleep(0.1)
    launcher.cancel(identifier)
    assert launcher.finished(identifier).state == "cancelled"
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
