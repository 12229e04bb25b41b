"""TFX's runners, so that they note a pipeline in place of running it.

A runner of an orchestrator that is not installed here has a stand-in: pipelines are mostly written for
one that is not installed beside TFX.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from tfx.orchestration import pipeline as tfx_pipeline
from tfx.orchestration import tfx_runner
from tfx.orchestration.portable import tfx_runner as portable_runner

_ELSEWHERE = (
    ("tfx.orchestration.airflow.airflow_dag_runner", ("AirflowDagRunner",), ("AirflowPipelineConfig",)),
    (
        "tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner",
        ("KubeflowV2DagRunner",),
        ("KubeflowV2DagRunnerConfig",),
    ),
    (
        "tfx.orchestration.kubeflow.kubeflow_dag_runner",
        ("KubeflowDagRunner",),
        ("KubeflowDagRunnerConfig", "get_default_kubeflow_metadata_config"),
    ),
)
"""Modules of runners, with their runners and what those are configured with."""
_BASES: tuple[type[Any], ...] = (tfx_runner.TfxRunner, portable_runner.TfxRunner)
_PUBLIC = "tfx.v1.orchestration.experimental"


class Noted:
    """The pipelines that were given to a runner, and those that were made."""

    def __init__(self) -> None:
        self.given: list[tfx_pipeline.Pipeline] = []
        self.made: list[tfx_pipeline.Pipeline] = []


class _Anything:
    """What a runner that is not here is configured with: it takes all, and says nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return _Anything()


def note_pipelines() -> Noted:
    """Makes every runner, of TFX's or of the user's, note what it is given. For the whole process."""
    noted = Noted()
    _note_made(noted)
    for name in ("local.local_dag_runner", "beam.beam_dag_runner"):
        importlib.import_module(f"tfx.orchestration.{name}")
    for module, runners, configurations in _ELSEWHERE:
        _stand_in(module, runners, configurations, noted)
    pending = list(_BASES)
    while pending:
        runner = pending.pop()
        pending += runner.__subclasses__()
        _note_given(runner, noted)

    def of_subclass(cls: type[Any], /, **_: Any) -> None:
        _note_given(cls, noted)

    for base in _BASES:
        base.__init_subclass__ = classmethod(of_subclass)  # type: ignore[assignment]
    return noted


def _note_made(noted: Noted) -> None:
    construct = tfx_pipeline.Pipeline.__init__

    def noting(self: Any, *arguments: Any, **named: Any) -> None:
        construct(self, *arguments, **named)
        noted.made.append(self)

    tfx_pipeline.Pipeline.__init__ = noting


def _note_given(runner: type[Any], noted: Noted) -> None:
    def run(self: Any, pipeline: Any = None, *_: Any, **named: Any) -> Any:
        given = pipeline if pipeline is not None else named.get("tfx_pipeline")
        if isinstance(given, tfx_pipeline.Pipeline):
            noted.given.append(given)
        return _Anything()

    for name in ("run", "run_with_ir"):
        if name in vars(runner) and runner not in _BASES:
            setattr(runner, name, run)


def _stand_in(name: str, runners: tuple[str, ...], configurations: tuple[str, ...], noted: Noted) -> None:
    """Puts a module in the place of one that cannot be imported here."""
    try:
        importlib.import_module(name)
    except ImportError:
        pass
    else:
        return
    module = ModuleType(name)
    for each in runners:
        made = type(each, (_Anything,), {"run": lambda self, pipeline=None, *_, **__: None})
        _note_given(made, noted)
        setattr(module, each, made)
    for each in configurations:
        setattr(module, each, type(each, (_Anything,), {}))
    _place(name, module)
    public = importlib.import_module(_PUBLIC)
    for each in (*runners, *configurations):
        if not hasattr(public, each):
            setattr(public, each, getattr(module, each))


def _place(name: str, module: ModuleType) -> None:
    """Makes a module importable by its name, and the packages that it lies in where they are not."""
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    try:
        parent = importlib.import_module(package)
    except ImportError:
        parent = ModuleType(package)
        parent.__path__ = []
        _place(package, parent)
    setattr(parent, last, module)
