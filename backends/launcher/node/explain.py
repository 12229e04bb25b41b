"""Failures of TFX, Beam, TensorFlow and of the user's code, as one sentence each."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Optional

import ml_metadata
from ml_metadata import errors as mlmd_errors
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import execution_result_pb2, pipeline_pb2

from tfxc.backends.launcher.build.pipeline import NodeBuildError
from tfxc.backends.launcher.node import known_errors, metadata
from tfxc.backends.launcher.node.wrapped_errors import AUTOGRAPH, text_of, unwrapped
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode, PlanQuery, ResolverComponent

_LONGEST = 400
_QUOTES = ("'", '"')
_WHILE_RUNNING = re.compile(r" ?\[while running '[^']*'\]")
_TENSORFLOW_NODE = re.compile(r"^\s*(\(\d+\) )?\[\[\{\{node ")
_CLASS_PREFIX = re.compile(r"^(\w+\.)+\w+: ")
"""``package.module.SomeError: `` at the end of a traceback"""
_GRPC = re.compile(
    r"^\s*status = StatusCode\.(?P<status>\w+)\n\s*details = \"(?P<details>.*)\"$", re.MULTILINE
)
"""The text of a grpc.RpcError."""
_NOISE = ("Graph execution error:", "Detected at node", "<stack traces unavailable>", "[[{{")


def explain(problem: BaseException, plan: Plan, context: RunContext, node: str) -> LaunchError:
    """Returns the sentence for an exception that a node ended with, and the user's own frames."""
    if isinstance(problem, Failure):
        return LaunchError(message=_name(node, str(problem)), exception=type(problem).__name__)
    folders = user_folders(plan, context)
    cause, frames = _cause(problem, folders)
    sentence = _sentence(cause, frames, folders)
    return LaunchError(
        message=_name(node, sentence),
        exception=type(cause).__name__,
        traceback="".join(_format(frame, plan, context) for frame in frames),
    )


def explain_building(problem: BaseException, plan: Plan, context: RunContext) -> Failure:
    """Returns the failure for an exception while the TFX pipeline was built."""
    if isinstance(problem, Failure):
        return problem
    what = "the TFX pipeline cannot be built"
    if isinstance(problem, NodeBuildError) and problem.__cause__ is not None:
        what = f"`{problem.node}` cannot be built"
        problem = problem.__cause__
    folders = user_folders(plan, context)
    cause, frames = _cause(problem, folders)
    return Failure(
        f"{what}: {_sentence(cause, frames, folders)}",
        exception=type(cause).__name__,
        traceback="".join(_format(frame, plan, context) for frame in frames),
    )


def outside_a_node(problem: BaseException) -> LaunchError:
    """Returns the error for an exception that no node is to blame for."""
    if isinstance(problem, Failure):
        return LaunchError(
            message=str(problem),
            exception=problem.exception or type(problem).__name__,
            traceback=problem.traceback,
        )
    cause, frames = _cause(problem, ())
    return LaunchError(message=f"TFX failed: {_sentence(cause, frames, ())}", exception=type(cause).__name__)


def user_folders(plan: Plan, context: RunContext) -> tuple[str, ...]:
    """Returns the folders whose Python files are the user's."""
    folders = [Path(context.modules_folder)]
    folders += [Path(context.base_folder) / folder.source for folder in plan.modules]
    return tuple(str(folder.resolve()) + "/" for folder in folders)


def _name(node: str, sentence: str) -> str:
    """Returns the sentence with the node's name in it."""
    return sentence if f"`{node}`" in sentence else f"`{node}` failed: {sentence}"


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """Yields an exception and what it was raised from, outermost first."""
    seen: set[int] = set()
    current: Optional[BaseException] = problem
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _cause(
    problem: BaseException, folders: Sequence[str]
) -> tuple[BaseException, list[traceback.FrameSummary]]:
    """Returns the exception to show, and the frames of it that are in the user's files.

    It is the outermost one that passed through the user's code. If none did, it is the innermost of
    those that were raised from each other on purpose: TFX wraps what it catches.
    """
    for each in _chain(problem):
        frames = [
            frame for frame in traceback.extract_tb(each.__traceback__) if _is_users(frame.filename, folders)
        ]
        if frames:
            return each, frames
    innermost = problem
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    return innermost, []


def _is_users(filename: str, folders: Sequence[str]) -> bool:
    """Whether a file is the user's. Compiled modules name their sources by relative paths."""
    path = Path(filename)
    if not path.is_absolute() or "site-packages" in path.parts:
        return False
    return any(str(path.resolve()).startswith(folder) for folder in folders)


def _format(frame: traceback.FrameSummary, plan: Plan, context: RunContext) -> str:
    """Returns a frame as Python prints it, its file as the project knows it."""
    line = f"    {frame.line}\n" if frame.line else ""
    name = _file_in_project(frame.filename, plan, context)
    return f'  File "{name}", line {frame.lineno}, in {frame.name}\n{line}'


def _file_in_project(filename: str, plan: Plan, context: RunContext) -> str:
    """Returns a file of the user's relative to the project, also if a copy of it was run."""
    for index, folder in enumerate(plan.modules):
        copy = f"{context.modules_folder.rstrip('/')}/{index}/"
        if filename.startswith(copy):
            return str(PurePosixPath(folder.source) / filename.removeprefix(copy))
    return filename.removeprefix(context.base_folder.rstrip("/") + "/")


def _sentence(cause: BaseException, frames: list[traceback.FrameSummary], folders: Sequence[str]) -> str:
    """Returns what went wrong, and where in the user's code, as a sentence without the node."""
    inner = unwrapped(_safe(text_of, cause), lambda file: _is_users(file, folders))
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    if inner.line is not None:
        place = f" ({Path(inner.line.file).name}, line {inner.line.number})"
    known = known_errors.meaning(cause, inner.reason)
    if known is not None:
        return f"{known.rstrip('.')}{place}."
    if isinstance(cause, SyntaxError) and cause.filename:
        return f"{Path(cause.filename).name}, line {cause.lineno}: {cause.msg}."
    if isinstance(cause, KeyError) and cause.args and frames and _asks_for_column(frames):
        column = _safe(repr, cause.args[0]) if inner.line is None else inner.reason
        return f"the examples have no column {column}, which {frames[-1].name}{place} asks for."
    if isinstance(cause, SystemExit):
        return f"its code ended the process with exit code {_safe(repr, cause.code)}{place}."
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        return f"there is no module `{cause.name}` in this environment{place}."
    if isinstance(cause, OSError) and cause.strerror:
        file = f"{cause.filename}: " if cause.filename else ""
        return f"{file}{cause.strerror}{place}."
    text = _safe(str, cause)
    if isinstance(cause, mlmd_errors.StatusError) and "locked" in text:
        return "the metadata database is locked by another process: wait for it to end, or stop it."
    name = inner.kind or type(cause).__name__
    text = first_line(text if inner.reason == text.strip() else inner.reason)
    if isinstance(cause, KeyError):
        text = f"no key {text if text[:1] in _QUOTES else repr(text)}"
        name = "KeyError"
    if not text:
        return f"{name}{place}."
    kind = "" if name in ("RuntimeError", "ValueError", "Exception") else f"{name}: "
    return f"{kind}{text.rstrip('.')}{place}."


def _safe(show: Callable[[Any], str], value: object) -> str:
    """Returns what ``str`` or ``repr`` makes of a value of anyone's, whose methods may raise."""
    try:
        return show(value)
    except Exception as error:  # noqa: BLE001 - the user's error must be told all the same
        return f"<its text cannot be shown: {type(error).__name__}>"


def _asks_for_column(frames: list[traceback.FrameSummary]) -> bool:
    """Whether the failing line is in Transform's preprocessing_fn, whose input are the columns."""
    return any(frame.name == "preprocessing_fn" for frame in frames)


def first_line(text: str) -> str:
    """Returns the line of an error's text that says what is wrong.

    Beam appends the step's name, TensorFlow puts a stack around the reason, its AutoGraph one before
    it, and gRPC lists it among other details. A line that announces others takes the next one along.
    """
    text = _WHILE_RUNNING.sub("", text)
    remote = _GRPC.search(text)
    if remote is not None:
        return _short(f"{remote['details'] or 'no details'} ({remote['status']})")
    lines = text.splitlines()
    if text.startswith(AUTOGRAPH):
        return next((_short(line.strip()) for line in reversed(lines) if line.strip()), "")
    for position, line in enumerate(lines[1:], start=1):
        if _TENSORFLOW_NODE.match(line) and lines[position - 1].strip():
            return _short(lines[position - 1].strip())
    told = [line.strip() for line in lines if line.strip() and not line.strip().startswith(_NOISE)]
    announces = len(told) > 1 and told[0].endswith(":")
    return _short(" ".join(told[: 2 if announces else 1]))


def _short(text: str) -> str:
    """Returns a text of a length that still reads as a sentence."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def missing_inputs(
    store: ml_metadata.MetadataStore, plan: Plan, run_id: str, node: PlanNode, ir: pipeline_pb2.PipelineNode
) -> str:
    """Returns which inputs of a node have no artifacts in a run, and whose outputs they are."""
    parts = []
    for key, sources in node.inputs.items():
        for source in sources:
            if not isinstance(source, PlanChannel):
                if not metadata.has_artifacts(store, source.artifact_type):
                    parts.append(f"its input `{key}` finds no {source.artifact_type} in earlier runs")
                continue
            if ir.inputs.inputs[key].min_count == 0:
                continue
            executions = metadata.node_executions(store, plan, run_id, source.node)
            what = _why_nothing(store, executions, source, plan.node(source.node))
            if what:
                parts.append(
                    f"its input `{key}` is `{source.node}.{source.output}`, but `{source.node}` {what}"
                )
    return "; ".join(parts)


def _why_nothing(
    store: ml_metadata.MetadataStore, executions: Sequence[Execution], source: PlanChannel, node: PlanNode
) -> str:
    """Returns what became of a node whose output is missing; nothing if the output is there."""
    done = [each for each in executions if each.last_known_state in metadata.SUCCESSFUL]
    if not done:
        return "failed" if executions else "did not run"
    if metadata.has_output(store, done[-1].id, source.output):
        return ""
    if not isinstance(node.component, ResolverComponent):
        return "put out none"
    asked = next((each for each in node.inputs.get(source.output, ()) if isinstance(each, PlanQuery)), None)
    which = "" if asked is None else _which(asked)
    runs = "earlier runs" if asked is None or asked.pipeline is None else f"runs of `{asked.pipeline}`"
    wanted = node.component.config.get("desired_num_of_artifacts", 1)
    if isinstance(wanted, int) and wanted > 1:
        return f"found fewer than {wanted} artifacts of the type {source.artifact_type}{which} in {runs}"
    return f"found no {source.artifact_type}{which} in {runs}"


def _which(query: PlanQuery) -> str:
    """Returns what a query asks for beside the type, as it goes on behind it."""
    made = "" if query.producer is None else f" of `{query.producer}`"
    if query.output is not None:
        made = f" of `{query.producer}.{query.output}`"
    names = (*query.properties, *query.custom_properties)
    return made + (f" with the asked {' and '.join(f'`{name}`' for name in names)}" if names else "")


def from_execution(node: str, execution: Execution) -> LaunchError:
    """Returns the error that TFX recorded with a failed execution: a traceback, whose end counts."""
    result = execution_result_pb2.ExecutionResult()
    recorded = execution_lib.get_execution_result(execution, ignore_parse_errors=True)
    if recorded is not None:
        result = recorded
    told = result.result_message
    lines = [line for line in told.splitlines() if line and not line.startswith(" ")]
    text = "TFX gave no reason; see the log"
    if lines and AUTOGRAPH in lines[-1]:  # what it says is below, and indented
        inner = unwrapped(told[told.rindex(AUTOGRAPH) :], lambda file: "site-packages" not in file)
        place = "" if inner.line is None else f" ({Path(inner.line.file).name}, line {inner.line.number})"
        text = f"{inner.kind}: {first_line(inner.reason).rstrip('.')}{place}"
    elif lines:
        text = first_line(told if _GRPC.search(told) else _CLASS_PREFIX.sub("", lines[-1]))
    return LaunchError(message=f"`{node}` failed: {text.rstrip('.')}.", exception="")
