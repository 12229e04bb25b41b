"""What a child's end means."""

from __future__ import annotations

import signal

import pytest

from tfxc.backends.launcher.processes.children import Ended
from tfxc.backends.launcher.processes.outcome import Stop, answer_of, node_result
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import NodeResult


def ended(answer: bytes = b"", code: int = 0, number: int | None = None) -> Ended:
    return Ended(answer=answer, exit_code=code, signal_number=number, peak_memory=5)


def answered(state: str) -> bytes:
    result = NodeResult.model_validate({"node": "n", "state": state, "seconds": 0.5})
    return b"+" + result.model_dump_json().encode()


@pytest.mark.parametrize(
    ("state", "stop", "expected"),
    [
        ("succeeded", None, "succeeded"),
        ("failed", None, "failed"),
        # Done in the very moment in which it was to be stopped: done it is.
        ("succeeded", "cancelled", "succeeded"),
        ("skipped", "timed_out", "skipped"),
        ("failed", "timed_out", "timed_out"),
        ("cancelled", "timed_out", "timed_out"),
        ("cancelled", "cancelled", "cancelled"),
    ],
)
def test_a_node_that_answered(state: str, stop: Stop, expected: str) -> None:
    result, settled = node_result("n", ended(answered(state)), stop, 60.0, 2.0)
    assert (result.state, result.seconds, result.peak_memory, settled) == (expected, 2.0, 5, True)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "was killed by signal 9 (perhaps out of memory)"),
        (signal.SIGSEGV, "was killed by signal 11 (a crash in native code)"),
        (signal.SIGUSR1, "was killed by signal 10"),
    ],
)
def test_a_node_that_was_killed_may_still_run_for_mlmd(number: int, words: str) -> None:
    result, settled = node_result("n", ended(number=number), None, None, 2.0)
    assert result.error is not None
    assert (result.state, result.error.message, settled) == ("failed", f"`n`: its process {words}.", False)


def test_half_an_answer_of_a_killed_process_counts_for_nothing() -> None:
    result, settled = node_result("n", ended(answered("succeeded")[:9], number=9), None, None, 2.0)
    assert (result.state, settled) == ("failed", False)


def test_a_process_that_ends_without_an_answer() -> None:
    result, settled = node_result("n", ended(code=3), None, None, 2.0)
    assert result.error is not None
    assert result.error.message == "`n`: its process ended with exit code 3 before it was done."
    assert not settled


def test_an_error_answer_is_passed_on() -> None:
    error = LaunchError(message="no such column.")
    assert answer_of(ended(b"-" + error.model_dump_json().encode())) == error
    assert answer_of(ended(b"+body")) == b"body"
