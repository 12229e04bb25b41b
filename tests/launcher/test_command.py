"""``run-node``: what is told before TFX is imported, and a node from start to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher import command
from tfxc.backends.launcher.protocol.messages import NodeResult
from tfxc.schemas.failures import EXIT_SKIPPED
from tfxc.schemas.plan import PlanParameter


@pytest.fixture
def bundle(plans: Any, tmp_path: Path) -> Path:
    """A bundle: plan.json, and the modules in ``modules/0``."""
    plans.write(tmp_path, {"modules/0/steps.py": STEPS})
    plan = plans.plan_of(
        tmp_path / "modules/0",
        plans.step(
            "show",
            "Show",
            outputs={"made": "Dataset"},
            arguments={"whole": plans.value({"$reference": "parameters.whole"})},
            execution=plans.execution(env={"KERAS_BACKEND": "tensorflow", "DAY": {"$reference": "run.date"}}),
        ),
        plans.step("never", "Show", outputs={"made": "Dataset"}, when={"truth": False}),
        plans.step("fail", "Fail", outputs={"made": "Dataset"}),
        plans.step("wait", "Wait", outputs={"made": "Dataset"}),
        parameters=(PlanParameter(name="whole", type="int", required=False, default=7, minimum=0),),
    )
    (tmp_path / "plan.json").write_text(plan.to_json())
    return tmp_path


STEPS = """
    import os
    import sys
    import time

    from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.experimental.simple_artifacts import Dataset


    @component
    def Show(made: OutputArtifact[Dataset], whole: Parameter[int] = 1):
        print("printed by the node")
        made.set_string_custom_property("seen", f"{whole} {os.environ['DAY']} {sys.argv[1:]}")


    @component
    def Fail(made: OutputArtifact[Dataset]):
        raise ValueError("no luck")


    @component
    def Wait(made: OutputArtifact[Dataset]):
        open("waiting", "w").close()
        time.sleep(600)
"""


def arguments(bundle: Path, node: str, *more: str) -> list[str]:
    return ["run-node", "--plan", str(bundle / "plan.json"), "--node", node, *more]


@pytest.mark.parametrize(
    ("more", "variables", "message"),
    [
        ((), {}, "say which run this is: --run-id ID, or the environment variable TFXC_RUN_ID."),
        (("--run-id", "r", "--parameters", "{"), {}, "--parameters is not JSON: "),
        (("--run-id", "r", "--parameters", "[]"), {}, "--parameters must be a JSON object such as "),
        (("--run-id", "r"), {"TFXC_PARAMETERS": "x"}, "TFXC_PARAMETERS is not JSON: "),
        (("--parameters", '{"whole": -1}'), {"TFXC_RUN_ID": "r"}, "parameter `whole` must be at least 0"),
        (("--parameters", '{"hole": 1}'), {"TFXC_RUN_ID": "r"}, "did you mean `whole`?"),
    ],
)
def test_wrong_use_is_told_without_tfx(
    bundle: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    variables: dict[str, str],
    message: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command.main(arguments(bundle, "show", *more)) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_an_unknown_node_and_a_bad_plan_are_wrong_use(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments(bundle, "shwo", "--run-id", "r")) == 2
    assert "the pipeline has no node `shwo`." in capsys.readouterr().err
    (bundle / "plan.json").write_text('{"format": "tfxc.plan/2"}')
    assert command.main(arguments(bundle, "show", "--run-id", "r")) == 2
    assert "is not one that this version of tfxc reads: " in capsys.readouterr().err
    (bundle / "plan.json").unlink()
    assert command.main(arguments(bundle, "show", "--run-id", "r")) == 2
    assert "cannot be read: No such file or directory." in capsys.readouterr().err


def test_a_wrong_parameter_is_told_within_a_second_and_without_tfx(bundle: Path) -> None:
    program = (
        "import sys; from tfxc.backends.launcher.command import main;"
        "code = main(sys.argv[1:]);"
        "assert not {'tfx', 'tensorflow', 'apache_beam', 'ml_metadata'} & set(sys.modules);"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            *arguments(bundle, "show", "--run-id", "r", "--parameters", '{"a": 1}'),
        ],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")


def run_node(bundle: Path, node: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tfxc.backends.launcher", *arguments(bundle, node, "--run-id", "r", *more)],
        capture_output=True,
        text=True,
        cwd=bundle,
        check=False,
    )


@pytest.mark.tfx
def test_a_node_from_start_to_end(bundle: Path) -> None:
    # A file of the user's with the name of a module that TFX needs, where the command is started.
    (bundle / "attr.py").write_text("raise RuntimeError('imported by mistake')")
    done = run_node(
        bundle,
        "show",
        "--parameters",
        '{"whole": 0}',
        "--run-date",
        "2026-01-31",
        "--result",
        str(bundle / "results" / "show.json"),
        "--summary",
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert printed[0] == "printed by the node"
    assert printed[1].startswith("show: succeeded in ")
    (made,) = (bundle / "runs/show/made").iterdir()
    assert printed[2] == f"  made: {made}"
    assert done.stderr == ""
    result = NodeResult.model_validate_json((bundle / "results" / "show.json").read_text())
    assert (result.state, result.artifacts[0].properties["seen"]) == ("succeeded", "0 2026-01-31 []")


@pytest.mark.tfx
def test_exit_codes_of_a_skip_and_a_failure(bundle: Path) -> None:
    assert run_node(bundle, "never").returncode == EXIT_SKIPPED == 99
    failed = run_node(bundle, "fail", "--result", str(bundle / "fail.json"))
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == "error: `fail` failed: no luck (steps.py, line 19)."
    assert json.loads((bundle / "fail.json").read_text())["state"] == "failed"


@pytest.mark.tfx
def test_sigterm_stops_the_node_and_says_so(bundle: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tfxc.backends.launcher", *arguments(bundle, "wait", "--run-id", "r")],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (bundle / "waiting").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGTERM)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert error.splitlines()[-1] == "error: `wait` was stopped."
    assert not list((bundle / "runs/wait/made").iterdir())
