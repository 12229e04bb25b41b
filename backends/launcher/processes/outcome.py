"""What a child's end means: pure functions from how it ended to what the client is told."""

from __future__ import annotations

import signal
from typing import Literal, Optional, Union

from tfxc.backends.launcher.processes.children import Ended
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import NodeResult

Stop = Optional[Literal["cancelled", "timed_out"]]

_SIGNALS = {
    signal.SIGKILL: "perhaps out of memory",
    signal.SIGSEGV: "a crash in native code",
    signal.SIGABRT: "a crash in native code",
    signal.SIGBUS: "a crash in native code",
    signal.SIGILL: "this processor lacks an instruction that TensorFlow was built with",
}


def answer_of(ended: Ended) -> Union[bytes, LaunchError]:
    """Returns the body of a child's answer, or the error that it answered or died with."""
    kind, body = ended.answer[:1], ended.answer[1:]
    if ended.signal_number is None and kind == b"+":
        return body
    if ended.signal_number is None and kind == b"-":
        return LaunchError.model_validate_json(body)
    return LaunchError(message=f"the launcher's process {how_it_died(ended)}.")


def how_it_died(ended: Ended) -> str:
    """Returns in words how a process ended that sent no answer."""
    if ended.signal_number is None:
        return f"ended with exit code {ended.exit_code} before it was done"
    hint = _SIGNALS.get(signal.Signals(ended.signal_number))
    return f"was killed by signal {ended.signal_number}" + (f" ({hint})" if hint else "")


def node_result(
    node: str, ended: Ended, stop: Stop, timeout: Optional[float], seconds: float
) -> tuple[NodeResult, bool]:
    """Returns how a node ended, and whether MLMD may still say that it runs.

    ``stop`` is why the server stopped the child, if it did; ``seconds`` how long the child lived.
    """
    answer = answer_of(ended)
    settled = False
    if isinstance(answer, LaunchError):
        if ended.answer[:1] == b"-" and ended.signal_number is None:
            message = answer
        else:
            message = LaunchError(message=f"`{node}`: its process {how_it_died(ended)}.")
        result = NodeResult(node=node, state="failed", seconds=seconds, error=message)
    else:
        result = NodeResult.model_validate_json(answer)
        settled = True
    changes: dict[str, object] = {"seconds": seconds, "peak_memory": ended.peak_memory}
    if stop == "timed_out" and result.state in ("failed", "cancelled"):
        changes["state"] = "timed_out"
        changes["error"] = LaunchError(
            message=f"`{node}` was stopped after its timeout of {timeout:g} s.", exception="TimeoutError"
        )
    elif stop == "cancelled" and result.state in ("failed", "cancelled"):
        changes["state"] = "cancelled"
        changes["error"] = LaunchError(message=f"`{node}` was stopped.", exception="Stopped")
    return result.model_copy(update=changes), settled
