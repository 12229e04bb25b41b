"""Tries mutants in a process that is stopped when a command takes too long, too much, or runs what it reads.

``python -m tests.fuzzing.child SPEC:SEED…`` prints one line of JSON for each broken property.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzzing.mutants import Mutant
from tests.fuzzing.properties import holds_for

CPU_SECONDS = 5
"""of one command on one spec"""
WALL_SECONDS = 120
"""after which the process ends, whatever hangs: the machine may be busy"""
MEMORY = 2**30
"""bytes more than a process has that tfxc is loaded in"""
STARTS_OR_ASKS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect")
"""events of Python's audit that no command gives that only reads specs"""


class TookTooLongError(BaseException):
    """A command that used more than its CPU time."""


class RanUserCodeError(BaseException):
    """Something of the spec's folder was run, or something was started or asked."""


def main(names: list[str]) -> None:
    """Tries the mutants."""
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        _limit_memory()
        _Watch(Path(folder)).begin()
        for name in names:
            spec, seed = name.split(":")
            mutant = Mutant(spec, int(seed))
            for problem in _broken(mutant, Path(folder) / name.replace(":", "-")):
                _tell(mutant=name, problem=problem)
            gc.collect()  # a command switches the collector off, since it ends soon
    _tell(tried=len(names))


def _tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _broken(mutant: Mutant, folder: Path) -> list[str]:
    problems = []
    properties = holds_for(mutant, folder)
    while True:
        try:
            # Its folder is written before the first property, which is none of what is measured.
            holds = next(properties, None)
            if holds is None:
                return problems
            faulthandler.dump_traceback_later(WALL_SECONDS, exit=True)
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
            holds()
        except KeyboardInterrupt:
            raise
        except TookTooLongError:
            return [*problems, traceback.format_exc()]
        except BaseException:  # noqa: BLE001 (whatever it is, it is what is looked for)
            problems.append(traceback.format_exc())
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TookTooLongError(f"more than {CPU_SECONDS} s of CPU time")


def _limit_memory() -> None:
    import tfxc.compiler.driver  # noqa: F401 (what is loaded anyway is not the specs')

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, most))


class _Watch:
    """Raises when code below a folder is run, a process is started or an address is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.fspath(folder.resolve())

    def begin(self) -> None:
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "exec" and str(getattr(arguments[0], "co_filename", "")).startswith(self.folder):
            raise RanUserCodeError(f"{event}: {arguments[0].co_filename}")
        if event == "import" and arguments[1] and str(arguments[1]).startswith(self.folder):
            raise RanUserCodeError(f"{event}: {arguments[:2]}")
        if event in STARTS_OR_ASKS:
            raise RanUserCodeError(f"{event}: {arguments!r:.300}")


if __name__ == "__main__":
    main(sys.argv[1:])
