"""An exception of anyone's becomes a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

UNREACHABLE = """\
<_InactiveRpcError of RPC that terminated with:
\tstatus = StatusCode.UNAVAILABLE
\tdetails = "failed to connect to all addresses; last error: refused"
\tdebug_error_string = "UNKNOWN:Error received from peer"
>"""

AUTOGRAPH = """\
in user code:

    File "trainer.py", line 9, in call  *
        return self.layer(x)

    ValueError: Input 0 of layer "dense" is incompatible with the layer.
"""


@pytest.fixture(scope="module")
def explain() -> Any:
    from tfxc.backends.launcher.node import explain

    return explain


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("", ""),
        (UNREACHABLE, "failed to connect to all addresses; last error: refused (UNAVAILABLE)"),
        (
            f"the push failed: {UNREACHABLE}",
            "failed to connect to all addresses; last error: refused (UNAVAILABLE)",
        ),
        (AUTOGRAPH, 'ValueError: Input 0 of layer "dense" is incompatible with the layer.'),
        (
            "Exception encountered when calling Layer:\n\n  no such shape\nmore",
            "Exception encountered when calling Layer: no such shape",
        ),
        ("ends with a colon:", "ends with a colon:"),
        ("Graph execution error:\n\nreason\n\t [[{{node a}}]]", "reason"),
    ],
)
def test_the_line_that_says_what_is_wrong(explain: Any, text: str, line: str) -> None:
    assert explain.first_line(text) == line


def test_a_file_system_that_tensorflow_does_not_have() -> None:
    from tfxc.backends.launcher.node.known_errors import meaning

    problem = RuntimeError("File system scheme 's3' not implemented (file: 's3://bucket/data/*')")
    told = meaning(problem, str(problem))
    assert told is not None
    assert told.startswith(
        "TensorFlow has no file system for `s3://` to read s3://bucket/data/*, and tensorflow-io"
    )


def test_a_grpc_error_that_tfx_recorded(explain: Any) -> None:
    from ml_metadata.proto.metadata_store_pb2 import Execution
    from tfx.orchestration.portable.mlmd import execution_lib
    from tfx.proto.orchestration import execution_result_pb2

    execution = Execution()
    recorded = f'Traceback (most recent call last):\n  File "x"\ngrpc._channel.{UNREACHABLE[1:]}'
    execution_lib.set_execution_result(
        execution_result_pb2.ExecutionResult(code=1, result_message=recorded), execution
    )
    assert explain.from_execution("push", execution).message == (
        "`push` failed: failed to connect to all addresses; last error: refused (UNAVAILABLE)."
    )


BROKEN = """
class Odd(Exception):
    def __str__(self):
        raise TypeError("not today")


class Key:
    def __repr__(self):
        raise RuntimeError("not today either")
"""

RAISES = {
    "a failing __str__": ("raise Odd()", "Odd: <its text cannot be shown: TypeError> (steps.py, line"),
    "a failing __repr__": ("raise SystemExit(Key())", "exit code <its text cannot be shown: RuntimeError>"),
    "a lone surrogate": (r"raise ValueError('file \udcff')", r"file \udcff (steps.py, line"),
    "no text": ("raise ValueError", "ValueError (steps.py, line"),
}


@pytest.mark.parametrize(("statement", "words"), RAISES.values(), ids=RAISES)
def test_the_users_error_is_told_whatever_it_is(
    launcher: Any, plans: Any, project: Path, statement: str, words: str
) -> None:
    with (project / "steps.py").open("a") as stream:
        stream.write(f"{BROKEN}\n\n@component\ndef Raise():\n    {statement}\n")
    result = launcher.open(plans.plan_of(project, plans.step("bad", "Raise")), project).node("bad")
    assert result.state == "failed"
    assert words in result.error.message
