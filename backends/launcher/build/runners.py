"""Beam arguments: which runner, and whether its workers need TFX and the user's code shipped."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any, Optional

from tfxc.schemas.start import SAFE_PATH, WITHOUT_WORKING_DIRECTORY

DIRECT_RUNNER = "--runner=DirectRunner"
_BEAM_WORKER = "apache_beam.runners.worker.sdk_worker_main"
_ONE_WORKER = ("--direct_running_mode=in_memory", "--direct_num_workers=1")
_IN_PROCESS = frozenset({"directrunner", "fnapirunner", "bundlebaseddirectrunner", "switchingdirectrunner"})


def runner_of(arguments: Sequence[str]) -> str:
    """Returns the runner that Beam arguments name; DirectRunner if they name none."""
    return _value(arguments, "runner") or "DirectRunner"


def runs_in_process(arguments: Sequence[str]) -> bool:
    """Whether the named runner's workers share this machine's Python environment."""
    return runner_of(arguments).rpartition(".")[2].lower() in _IN_PROCESS


def workers_are_threads(arguments: Sequence[str]) -> bool:
    """Whether the workers of a runner in this process are in it too, and not processes beside it."""
    return runs_in_process(arguments) and _value(arguments, "direct_running_mode") in (
        None,
        "in_memory",
        "multi_threading",
    )


def with_runner(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments with the runner, and for one in this process the way it works, explicit.

    One worker in memory is Beam's fastest way for what fits one machine: further workers are
    further Python processes that each import TFX first.
    """
    result = list(arguments)
    if not any(argument == "--runner" or argument.startswith("--runner=") for argument in result):
        result.insert(0, DIRECT_RUNNER)
    if not runs_in_process(result):
        return result
    if not _names(result, "direct_running_mode") and not _names(result, "direct_num_workers"):
        result += _ONE_WORKER
    return result


def added_to(arguments: Sequence[str]) -> frozenset[int]:
    """Returns the places of what `with_runner` has added to arguments, or what says the same."""
    at_end = len(arguments) - len(_ONE_WORKER)
    added = set(range(at_end, len(arguments))) if tuple(arguments[at_end:]) == _ONE_WORKER else set()
    return frozenset(added | {0} if arguments and arguments[0] == DIRECT_RUNNER else added)


def keep_workers_out_of_working_directory() -> None:
    """Starts Beam's worker processes without the working directory on their ``sys.path``.

    For ``--direct_running_mode=multi_processing``, whose workers import TFX as this process did.
    """
    from apache_beam.transforms.environments import SubprocessSDKEnvironment

    program = f"{WITHOUT_WORKING_DIRECTORY}from {_BEAM_WORKER} import main; main(sys.argv)"
    ours = shlex.join([sys.executable, *SAFE_PATH, "-c", program])
    make = SubprocessSDKEnvironment.from_command_string

    def from_command_string(command_string: str) -> Any:
        return make(ours if command_string.endswith(f" -m {_BEAM_WORKER}") else command_string)

    SubprocessSDKEnvironment.from_command_string = staticmethod(from_command_string)


def stop_packaging_tfx() -> None:
    """Keeps TFX from building an sdist of itself (10 s a node) for workers in this environment.

    TFX does so for any Beam arguments, unless they name a container image or a setup file. This
    process is the node's own, so replacing the function changes nothing for anyone else.
    """
    from tfx.utils import dependency_utils

    dependency_utils.make_beam_dependency_flags = lambda beam_pipeline_args: beam_pipeline_args


def leave_prism_out() -> None:
    """Keeps newer DirectRunners from downloading Prism, a program of its own, to run pipelines on.

    They do so for whatever is not interactive, and fall back to the runner in this process when the
    download fails. The runner in this process is what we want to begin with.
    """
    from apache_beam.runners.direct import direct_runner

    if hasattr(direct_runner.SwitchingDirectRunner, "_is_interactive"):
        direct_runner.SwitchingDirectRunner._is_interactive = True


def _value(arguments: Sequence[str], option: str) -> Optional[str]:
    """Returns what the arguments set an option to, the last of several; None if they do not."""
    value = None
    for position, argument in enumerate(arguments):
        if argument.startswith(f"--{option}="):
            value = argument.partition("=")[2]
        elif argument == f"--{option}" and position + 1 < len(arguments):
            value = arguments[position + 1]
    return value


def _names(arguments: Sequence[str], option: str) -> bool:
    """Whether the arguments set an option."""
    return any(argument == f"--{option}" or argument.startswith(f"--{option}=") for argument in arguments)
