"""The process environment of the launcher: quiet libraries, thread pools that fit, no leaked flags.

`before_imports` must be called before TensorFlow, gRPC or NumPy are imported, and imports none of
them itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import select
import signal
import sys
import warnings
from collections.abc import Mapping
from types import FrameType
from typing import NoReturn, Optional

from tfxc.schemas.failures import Failure

_QUIET = {
    # TensorFlow's C++ side: errors only. Its GPU probing is noise on a machine without one.
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "GRPC_VERBOSITY": "ERROR",
    "GLOG_minloglevel": "2",
    # The server forks before gRPC has done anything: its handlers of forks would only warn.
    "GRPC_ENABLE_FORK_SUPPORT": "0",
}
_MACHINERY = ("/tfx/orchestration/", "/ml_metadata/", "/tfx/utils/telemetry")
_THREAD_POOLS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_limits_of_ours: set[str] = set()
"""The variables that `limit_threads` has set in this process."""
_PR_SET_PDEATHSIG = 1
_RARELY = 500_000
_PYTHONS_THRESHOLDS = gc.get_threshold()


class Stopped(BaseException):
    """SIGTERM arrived. Not an Exception, so that no ``except Exception`` of anyone's swallows it."""


def before_imports() -> None:
    """Sets what libraries read when they are imported, without overriding what the user has set."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    # Without .pyc files TFX starts three to four times slower.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="pkg_resources|google|apache_beam|tfx")


def clear_arguments() -> None:
    """Empties the command line, which TFX would pass on to executors as extra flags."""
    sys.argv[1:] = []


def stop_with_parent() -> None:
    """Asks the kernel for a SIGTERM when the process that started this one is gone. Only Linux can."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def end_with_client(requests: int) -> None:
    """Ends this process within seconds of its client's death, until `stop_watching_client`.

    For while TFX is imported, when nobody reads the descriptor ``requests`` that the client writes
    to: a pipe tells that its other end is closed without being read.
    """
    poll = select.poll()
    poll.register(requests, 0)

    def check(_number: int, _frame: Optional[FrameType]) -> None:
        if poll.poll(0):
            os._exit(1)

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)


def stop_watching_client() -> None:
    """Ends what `end_with_client` began."""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def set_variables(variables: Mapping[str, str]) -> None:
    """Sets the node's own environment variables."""
    for name, value in variables.items():
        if not name or "=" in name or "\0" in name + value:
            raise Failure(f"`{name}` is no name of an environment variable.")
        os.environ[name] = value


def of_the_user() -> dict[str, str]:
    """Returns the environment without the limits that were set for this process alone."""
    return {name: value for name, value in os.environ.items() if name not in _limits_of_ours}


def limit_threads(threads: Optional[int]) -> None:
    """Caps the thread pools of this process: TensorFlow's, and those of numerical libraries.

    Must run before TensorFlow has done anything. What the user has set stays.
    """
    if threads is None:
        return
    for name in _THREAD_POOLS:
        if name not in os.environ:
            os.environ[name] = str(threads)
            _limits_of_ours.add(name)
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        return
    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        # TensorFlow is already at work; the environment variables are all that can be done.
        return


def stop_on_sigterm() -> None:
    """Turns SIGTERM into `Stopped`, raised in the main thread at its next Python instruction."""
    signal.signal(signal.SIGTERM, _raise_stopped)


def _raise_stopped(_number: int, _frame: Optional[FrameType]) -> NoReturn:
    # A second SIGTERM must not interrupt the clean-up that the first one began.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def after_imports() -> None:
    """Lowers the loudness of what has been imported: warnings and errors only."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    absl_logging = sys.modules.get("absl.logging")
    if absl_logging is not None:
        absl_logging.set_verbosity(absl_logging.ERROR)
        absl_logging.set_stderrthreshold("error")
    # TFX's launcher logs each failure at length; ours says the same in the node's result.
    logging.getLogger("absl").addFilter(_is_not_tfx_launcher)


class _EachLine(logging.Formatter):
    """Begins each line of a record with its level, so that a reader of the log can tell what is whose."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"{record.levelname}:{record.name}:"
        return "\n".join(prefix + line for line in super().format(record).split("\n"))


def tell_the_log() -> None:
    """Lets TFX's executors say what they do: for a node that has a log file of its own."""
    absl_logging = sys.modules.get("absl.logging")
    if absl_logging is None:
        return
    absl_logging.set_verbosity(absl_logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_EachLine())
    logger = logging.getLogger("absl")
    logger.handlers = [handler]
    logger.propagate = False


def _is_not_tfx_launcher(record: logging.LogRecord) -> bool:
    """Whether a log record says something about the node: not TFX's launcher, not MLMD."""
    return not any(part in record.pathname for part in _MACHINERY)


def collect_garbage_rarely() -> None:
    """Lets a process collect garbage after half a million new objects, for what it does itself.

    Beam's pipelines and TensorFlow's graphs are some hundred thousand objects, nearly all of which stay: to
    look through them as often as Python does takes a tenth of a Transform of little data.
    """
    gc.set_threshold(_RARELY, *_PYTHONS_THRESHOLDS[1:])


def collect_garbage_as_python_does() -> None:
    """Ends that, for code of the user's: who trains may have tensors in cycles, and they are large."""
    gc.set_threshold(*_PYTHONS_THRESHOLDS)


def fresh_randomness() -> None:
    """Seeds NumPy's global generator anew: forks of one process would all draw the same numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
