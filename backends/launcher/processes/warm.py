"""Importing TFX once, in the process that children are forked from."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import resource
import sys
import tempfile
from typing import Optional

from tfxc.backends.launcher.processes import environment, spawned
from tfxc.backends.launcher.speed import deferred_metrics
from tfxc.backends.launcher.speed.deferred import deferred

_MODULES = (
    "tfx.components",
    "tfx.orchestration.portable.launcher",
    "tfx.orchestration.local.runner_utils",
    "tfx.dsl.compiler.compiler",
    "tensorflow_model_analysis",
    "apache_beam.runners.direct.direct_runner",
    "apache_beam.runners.portability.fn_api_runner.fn_runner",
    "tfxc.backends.launcher.processes.work",
)
"""What almost every node needs. `tfx.v1` is not among them: it imports kfp and Vertex AI's SDK."""

_DEFERRED = (
    "IPython",
    "docker",
    "google.cloud.bigquery",
    "google.cloud.pubsub",
    "google.cloud.storage",
    "googleapiclient.discovery",
    "keras.wrappers",
    "keras_tuner",
    "keras_tuner.src",
    "scipy.stats",
    "tensorflow_model_analysis.view",
    "tfx.components.infra_validator.model_server_runners.kubernetes_runner",
    "tfx.components.infra_validator.model_server_runners.local_docker_runner",
    *deferred_metrics.MODULES,
)
"""What takes long to import and most nodes do not use: notebooks, clients of clouds and containers,
statistics, tuners, toolkits of natural language."""
_MEANWHILE = {"IPython.get_ipython": lambda: None}
"""Beam and KerasTuner ask whether they are in a notebook: before IPython has been run it has no shell."""

_IF_INSTALLED = ("tensorflow_io",)
"""What TensorFlow needs to read ``s3://``: its import registers the file system."""


_MEMORY = "_tfxc_memory_of_tfx"
"""An attribute of `sys`: it belongs to the process, as what is imported does, and its forks have it."""


def import_tfx() -> int:
    """Imports TFX and leaves its objects out of all later garbage collections.

    Collecting while importing costs seconds, and collecting after a fork would copy every page that
    the children share with this process. Garbage collection stays off in this process; a child
    turns it on. A fork of a process that has imported it imports nothing. Returns the memory that TFX
    takes, in bytes. Raises ImportError.
    """
    environment.before_imports()
    gc.disable()
    known: Optional[int] = getattr(sys, _MEMORY, None)
    if known is not None:
        gc.freeze()
        return known
    with deferred(*_DEFERRED, meanwhile=_MEANWHILE):
        for name in _MODULES:
            importlib.import_module(name)
    deferred_metrics.register()
    for name in _IF_INSTALLED:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    from tfxc.backends.launcher.protocol.messages import RunContext
    from tfxc.schemas.plan import Plan

    for model in (Plan, RunContext):
        # They are built when they are first used: here, and not in each child.
        model.model_rebuild()
    environment.after_imports()
    spawned.leave_out_working_directory()
    gc.freeze()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    setattr(sys, _MEMORY, peak)
    return peak


def import_tfx_silently() -> None:
    """Does the same, and shows what libraries print only if the import fails. Raises ImportError."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            import_tfx()
        except BaseException:
            os.dup2(stderr, 2)
            printed.seek(0)
            sys.stderr.write(printed.read().decode(errors="replace"))
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)


def cannot_import(error: Exception) -> str:
    """Returns the sentence for an environment that TFX cannot be imported in."""
    if isinstance(error, MemoryError):
        return "TFX cannot be imported: there is not enough memory; it takes about 1 GB."
    if importlib.util.find_spec("tfx") is None:
        return "TFX is not installed in this environment: install tfxc[tfx]."
    what = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
    return f"TFX cannot be imported in this environment: {what}. Install tfxc[tfx] afresh."
