"""The tasks of a PipelineSpec, out of the groups that they lie in, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from tfxc.compiler.importing.kubeflow.model import (
    Constant,
    FinalStatus,
    Guard,
    Json,
    OfPipeline,
    OfTask,
    PipelineFile,
    Source,
    Task,
    Unknown,
    constant_of,
    parameter_type,
    typed,
)
from tfxc.compiler.importing.notes import PIPELINE, Notes
from tfxc.schemas.failures import WrongUse

_COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"
_DEEPEST = 40


@dataclass
class _Scope:
    """A DAG: the ids of its tasks by their keys, and the sources of its own inputs."""

    path: tuple[str, ...]
    dag: Json
    parameters: Mapping[str, Source]
    artifacts: Mapping[str, Source]
    guards: tuple[Guard, ...] = ()
    waits: tuple[str, ...] = ()
    ids: dict[str, str] = field(default_factory=dict)
    inner: dict[str, _Scope] = field(default_factory=dict)


class Flattened:
    """The tasks of a file, in order. ``exit_task`` is the id of one that runs after all the others."""

    def __init__(self, file: PipelineFile, notes: Notes) -> None:
        self._file, self._notes = file, notes
        self._taken: set[str] = set()
        self._tasks: dict[str, Task] = {}
        self.exit_task: str | None = None
        root = file.spec["root"]
        if "dag" not in root:
            raise WrongUse("its root is no DAG: it is a component and no pipeline")
        names = root.get("inputDefinitions", {}).get("parameters", {})
        of_root: dict[str, Source] = {name: OfPipeline(name) for name in names}
        for name in root.get("inputDefinitions", {}).get("artifacts", {}):
            notes.add(PIPELINE, f"the pipeline's input `{name}` is an artifact: use an Importer in its place")
        self._walk(_Scope((), root["dag"], of_root, {}))
        self.tasks = tuple(self._ordered())

    def _walk(self, scope: _Scope) -> None:
        if len(scope.path) > _DEEPEST:
            raise WrongUse("its components hold one another without end")
        tasks = scope.dag.get("tasks", {})
        for key in _in_order(tasks):
            task = tasks[key]
            name = task["componentRef"]["name"]
            component = self._file.spec.get("components", {}).get(name)
            if component is None:
                raise WrongUse(f"its task `{key}` is of the component `{name}`, which is not there")
            self._task(scope, key, task, component)

    def _task(self, scope: _Scope, key: str, task: Json, component: Json) -> None:
        given = task.get("inputs", {})
        definitions = component.get("inputDefinitions", {}).get("parameters", {})
        parameters = {
            name: self._parameter(scope, source, definitions.get(name, {}))
            for name, source in given.get("parameters", {}).items()
        }
        for name, definition in definitions.items():
            if name not in parameters and "defaultValue" in definition:
                default = typed(definition["defaultValue"], parameter_type(definition))
                parameters[name] = Constant(default)
        artifacts = {
            name: self._artifact(scope, source) for name, source in given.get("artifacts", {}).items()
        }
        policy = task.get("triggerPolicy", {})
        guards = scope.guards
        if policy.get("condition"):
            guards = (*guards, Guard(policy["condition"], parameters, artifacts))
        waits = tuple(each for other in task.get("dependentTasks", ()) for each in self._ids_of(scope, other))
        if "dag" in component:
            self._group(scope, key, task, component, parameters, artifacts, guards, waits)
            return
        label = component.get("executorLabel", "")
        executor = self._file.executors.get(label)
        if executor is None:
            raise WrongUse(f"its task `{key}` has the executor `{label}`, which is not there")
        id_ = self._id(scope, key)
        scope.ids[key] = id_
        self._iterator(task, id_)
        is_exit = policy.get("strategy") == _COMPLETED
        if is_exit and not scope.path:
            self.exit_task, waits = id_, ()
        elif is_exit:
            self._notes.add(id_, "it ran whatever became of the others, as an exit task inside a group")
        self._tasks[id_] = Task(
            id_, task, component, executor, label, parameters, artifacts, guards, (*scope.waits, *waits)
        )

    def _group(
        self,
        scope: _Scope,
        key: str,
        task: Json,
        component: Json,
        parameters: Mapping[str, Source],
        artifacts: Mapping[str, Source],
        guards: tuple[Guard, ...],
        waits: tuple[str, ...],
    ) -> None:
        if "parameterIterator" in task or "artifactIterator" in task:
            self._notes.add(PIPELINE, f"the loop `{key}` ran its tasks for each of many: here once")
            iterator = task.get("parameterIterator") or task["artifactIterator"]
            item = iterator.get("itemInput", "")
            of_loop = Unknown("it is an item of a loop: see `matrix`")
            parameters, artifacts = (
                {**each, item: of_loop} if item in definitions else each
                for each, definitions in (
                    (parameters, component.get("inputDefinitions", {}).get("parameters", {})),
                    (artifacts, component.get("inputDefinitions", {}).get("artifacts", {})),
                )
            )
        inner = _Scope(
            (*scope.path, key), component["dag"], parameters, artifacts, guards, (*scope.waits, *waits)
        )
        scope.inner[key] = inner
        self._walk(inner)

    def _iterator(self, task: Json, id_: str) -> None:
        if "parameterIterator" in task or "artifactIterator" in task:
            self._notes.add(id_, "it ran for each of many items: here once")

    def _id(self, scope: _Scope, key: str) -> str:
        id_ = key
        for outer in reversed(scope.path):
            if id_ not in self._taken:
                break
            id_ = f"{outer}.{id_}"
        made, number = id_, 2
        while made in self._taken:
            made, number = f"{id_}-{number}", number + 1
        self._taken.add(made)
        return made

    def _ids_of(self, scope: _Scope, key: str) -> Iterator[str]:
        if key in scope.ids:
            yield scope.ids[key]
        elif key in scope.inner:
            inner = scope.inner[key]
            for each in inner.dag.get("tasks", {}):
                yield from self._ids_of(inner, each)

    def _parameter(self, scope: _Scope, source: Json, definition: Json) -> Source:
        if "runtimeValue" in source:
            try:
                return Constant(typed(constant_of(source["runtimeValue"]), parameter_type(definition)))
            except KeyError:
                return OfPipeline(str(source["runtimeValue"].get("runtimeParameter", "")))
        if "componentInputParameter" in source:
            name = source["componentInputParameter"]
            return scope.parameters.get(name, Unknown(f"the group has no parameter `{name}`"))
        if "taskOutputParameter" in source:
            read = source["taskOutputParameter"]
            return self._output(scope, read["producerTask"], read["outputParameterKey"], True)
        if "taskFinalStatus" in source:
            return FinalStatus()
        return Unknown("it comes from what a spec does not have")

    def _artifact(self, scope: _Scope, source: Json) -> Source:
        if "componentInputArtifact" in source:
            name = source["componentInputArtifact"]
            return scope.artifacts.get(name, Unknown(f"the group has no artifact `{name}`"))
        read = source.get("taskOutputArtifact")
        if read is None:
            return Unknown("it comes from what a spec does not have")
        return self._output(scope, read["producerTask"], read["outputArtifactKey"], False)

    def _output(self, scope: _Scope, key: str, output: str, is_parameter: bool) -> Source:
        """Returns an output of a task of a DAG; of a group, what that takes it from."""
        key = key if key in scope.dag.get("tasks", {}) else key.removesuffix("_task")  # TFX's own mistake
        if key in scope.ids:
            return OfTask(scope.ids[key], output, is_parameter)
        inner = scope.inner.get(key)
        if inner is None:
            return Unknown(f"there is no task `{key}` before it")
        outputs = inner.dag.get("outputs", {})
        if is_parameter:
            taken = outputs.get("parameters", {}).get(output, {}).get("valueFromParameter")
            if taken is None:
                return Unknown(f"`{output}` of `{key}` is one of several tasks'")
            return self._output(inner, taken["producerSubtask"], taken["outputParameterKey"], True)
        listed = outputs.get("artifacts", {}).get(output, {}).get("artifactSelectors", [])
        if len(listed) != 1:
            return Unknown(f"`{output}` of `{key}` is one of several tasks'")
        return self._output(inner, listed[0]["producerSubtask"], listed[0]["outputArtifactKey"], False)

    def _ordered(self) -> Iterator[Task]:
        """Yields the tasks, each behind those that it waits for or reads. Raises WrongUse."""
        before = {}
        for id_, task in self._tasks.items():
            sources = [*task.parameters.values(), *task.artifacts.values()]
            for guard in task.guards:
                sources += [*guard.parameters.values(), *guard.artifacts.values()]
            read = {each.task for each in sources if isinstance(each, OfTask)}
            before[id_] = [each for each in (*task.waits, *read) if each in self._tasks and each != id_]
        try:
            ordered = list(TopologicalSorter(before).static_order())
        except CycleError:
            raise WrongUse("its tasks wait for one another in a circle") from None
        for id_ in ordered:
            task = self._tasks[id_]
            yield replace(task, waits=tuple(dict.fromkeys(task.waits)))


def _in_order(tasks: Mapping[str, Json]) -> list[str]:
    """Returns the keys of a DAG's tasks, each behind those that it reads. Raises WrongUse."""
    before: dict[str, set[str]] = {}
    for key, task in tasks.items():
        given = task.get("inputs", {})
        read = set(task.get("dependentTasks", ()))
        for source in (*given.get("parameters", {}).values(), *given.get("artifacts", {}).values()):
            for kind in ("taskOutputParameter", "taskOutputArtifact"):
                producer = source.get(kind, {}).get("producerTask", "")
                read |= {producer, producer.removesuffix("_task")}
        before[key] = {each for each in read if each in tasks}
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:
        raise WrongUse("its tasks wait for one another in a circle") from None
