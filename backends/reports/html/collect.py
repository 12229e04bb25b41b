"""From a run to the sections of its page: which artifact is shown where, and what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional, TypeVar

from tfxc.backends.metadata.values import Artifact, NodeRun, Run
from tfxc.backends.reports.artifacts.anomalies import Anomaly, Distance, read_anomalies
from tfxc.backends.reports.artifacts.curves import read_curves
from tfxc.backends.reports.artifacts.evaluation import read_evaluation
from tfxc.backends.reports.artifacts.files import UnreadableError
from tfxc.backends.reports.artifacts.plots import read_plots
from tfxc.backends.reports.artifacts.saved_model import read_model
from tfxc.backends.reports.artifacts.schema import SchemaFeature, read_schema
from tfxc.backends.reports.artifacts.statistics import Dataset, read_statistics
from tfxc.backends.reports.artifacts.transform_graph import read_vocabularies
from tfxc.backends.reports.artifacts.tuning import read_best, read_trials
from tfxc.backends.reports.html.data_sections import anomaly_section, data_section, transform_section
from tfxc.backends.reports.html.evaluation_sections import evaluation_section
from tfxc.backends.reports.html.model_sections import model_view, models_section, push_view
from tfxc.backends.reports.html.run_sections import (
    Fact,
    details_section,
    failure_section,
    lineage_section,
    pipeline_section,
)
from tfxc.backends.reports.html.sections import Section
from tfxc.backends.reports.html.training_sections import curves_section, trials_section
from tfxc.schemas.plan import Plan

T = TypeVar("T")
_STATISTICS_OF_TRANSFORM = ("pre_transform_stats", "post_transform_stats")
_OF_TRANSFORM = (
    *_STATISTICS_OF_TRANSFORM,
    "pre_transform_schema",
    "post_transform_schema",
    "post_transform_anomalies",
)
_DELETED = ("deleted", "marked_for_deletion", "abandoned")


@dataclass(frozen=True)
class Output:
    """An artifact that a node of the run put out or re-used."""

    node: NodeRun
    key: str
    artifact: Artifact


@dataclass
class Collected:
    """What is gathered for a page: sections, verdicts for its head, and sentences on what is left out."""

    sections: list[Section] = field(default_factory=list)
    verdicts: list[Fact] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)

    def read(self, what: str, output: Output, reader: Callable[[str], T]) -> Optional[T]:
        """Reads an artifact; None, and a sentence, if that cannot be done."""
        if output.artifact.state in _DELETED:
            self.omitted.append(f"{what} of {output.node.node}: it was deleted")
            return None
        try:
            return reader(output.artifact.uri)
        except UnreadableError as error:
            self.omitted.append(f"{what} of {output.node.node}: {error}")
            return None


def collect(plan: Plan, run: Run) -> Collected:
    """Returns the sections of a run's page. Raises Failure if the file formats are not installed."""
    found = Collected()
    failures = failure_section(run)
    made = _without_resolvers(plan, run)
    anomalies = _anomalies(made, found)
    _data(made, found, anomalies)
    for output, listed, distances in anomalies:
        title = _title("Anomalies", output, made)
        span = _span(made, output.node)
        notes = (f"The data are of span {span}.",) if span else ()
        found.sections.append(anomaly_section(_id(output), title, listed, distances, notes))
    _transforms(made, found)
    _training(made, found)
    _evaluations(made, found)
    _models(made, found)
    _outcomes(made, found)
    about_the_run = [failures] if failures is not None else []
    about_the_run.append(pipeline_section(plan, run, _links(run, found.sections)))
    found.sections[:0] = about_the_run
    found.sections.append(details_section(plan, run))
    lineage = lineage_section(run)
    if lineage is not None:
        found.sections.append(lineage)
    _say_what_is_not_there(plan, made, found)
    return found


def _without_resolvers(plan: Plan, run: Run) -> Run:
    """Returns a run without the nodes that found artifacts of other runs, and made none."""
    resolvers = {node.id for node in plan.nodes if node.component.kind == "resolver"}
    return replace(run, nodes=tuple(node for node in run.nodes if node.node not in resolvers))


def outputs(run: Run, artifact_type: str) -> Iterator[Output]:
    """Yields the artifacts of a type that the run made or took over, in the order of the nodes."""
    for node in run.nodes:
        for key, artifacts in node.outputs.items():
            for artifact in artifacts:
                if artifact.type == artifact_type:
                    yield Output(node, key, artifact)


def _id(output: Output) -> str:
    return f"{output.node.node}-{output.key}".replace(".", "-")


def _links(run: Run, sections: Sequence[Section]) -> dict[str, str]:
    """Returns for each node that a section shows something of the first such section."""
    links: dict[str, str] = {}
    for node in run.nodes:
        own = f"{node.node}-".replace(".", "-")
        first = next((section.id for section in sections if section.id.startswith(own)), None)
        if first is not None:
            links[node.node] = first
    return links


def _title(title: str, output: Output, run: Run) -> str:
    """Returns a title that names the node where there are several of a kind."""
    alike = [each for each in outputs(run, output.artifact.type) if each.key not in _OF_TRANSFORM]
    several = len(alike) > 1
    return f"{title}: {output.node.node}" if several else title


_Anomalies = tuple[Output, tuple[Anomaly, ...], tuple[Distance, ...]]


def _anomalies(run: Run, found: Collected) -> list[_Anomalies]:
    """Reads the anomalies of all validators but Transform's own."""
    read = []
    total = 0
    for output in outputs(run, "ExampleAnomalies"):
        if output.key in _OF_TRANSFORM:
            continue
        values = found.read("anomalies", output, read_anomalies)
        if values is not None:
            read.append((output, *values))
            total += len(values[0])
    if read:
        word = "anomaly" if total == 1 else "anomalies"
        found.verdicts.append(Fact("Data", f"{total or 'no'} {word}", "bad" if total else "good"))
    return read


def _span(run: Run, node: NodeRun) -> Optional[int]:
    """Returns the span of the data that a node looks at, if they have one: ExampleGen tells it."""
    for artifact in (each for key in ("statistics", "examples") for each in node.inputs.get(key, ())):
        span = artifact.custom_properties.get("span")
        if isinstance(span, int) and span:
            return span
        for maker in run.nodes:
            if maker is not node and any(artifact in listed for listed in maker.outputs.values()):
                found = _span(run, maker)
                if found is not None:
                    return found
    return None


def _data(run: Run, found: Collected, anomalies: list[_Anomalies]) -> None:
    schema: tuple[SchemaFeature, ...] = ()
    for output in outputs(run, "Schema"):
        if output.key not in _OF_TRANSFORM:
            schema = found.read("schema", output, read_schema) or schema
    for output in outputs(run, "ExampleStatistics"):
        if output.key in _OF_TRANSFORM:
            continue
        datasets = found.read("statistics", output, read_statistics)
        if datasets is None:
            continue
        own = tuple(
            anomaly
            for validated, listed, _ in anomalies
            if any(each.id == output.artifact.id for each in validated.node.inputs.get("statistics", ()))
            for anomaly in listed
        )
        title = _title("Data", output, run)
        beside = tuple(_beside(run, output, found))
        found.sections.append(data_section(_id(output), title, (*datasets, *beside), schema, own))


def _beside(run: Run, output: Output, found: Collected) -> Iterator[Dataset]:
    """Yields the statistics that validators of the run compare an output with, either way round."""
    seen = {output.artifact.id}
    for node in run.nodes:
        checked, baseline = (node.inputs.get(key, ()) for key in ("statistics", "baseline_statistics"))
        for own, others in ((checked, baseline), (baseline, checked)):
            if all(each.id != output.artifact.id for each in own):
                continue
            for other in others:
                if other.id in seen:
                    continue
                seen.add(other.id)
                datasets = found.read("compared statistics", Output(node, "", other), read_statistics)
                for dataset in datasets or ():
                    yield replace(dataset, name=f"{dataset.name} ({_maker(run, other)})")


def _maker(run: Run, artifact: Artifact) -> str:
    """Returns who made an artifact: a node, and its run if this one has neither made nor taken it over."""
    for node in run.nodes:
        if any(each.id == artifact.id for listed in node.outputs.values() for each in listed):
            return node.node
    if artifact.maker is None:
        return f"artifact {artifact.id}"
    return f"{artifact.maker.node}, run {artifact.maker.run_id}"


def _transforms(run: Run, found: Collected) -> None:
    for output in outputs(run, "TransformGraph"):
        statistics = {}
        for key in _STATISTICS_OF_TRANSFORM:
            own = next((each for each in outputs(run, "ExampleStatistics") if _is(each, output, key)), None)
            read = found.read(key.replace("_", " "), own, read_statistics) if own is not None else None
            statistics[key] = read or ()
        vocabularies = found.read("transform graph", output, read_vocabularies) or ()
        before, after = (statistics[key] for key in _STATISTICS_OF_TRANSFORM)
        if before or after or vocabularies:
            title = _title("Transformed features", output, run)
            section = transform_section(_id(output), title, before, after, vocabularies, ())
            found.sections.append(section)


def _is(one: Output, other: Output, key: str) -> bool:
    return one.node is other.node and one.key == key


def _training(run: Run, found: Collected) -> None:
    for output in outputs(run, "ModelRun"):
        charts = found.read("training curves", output, read_curves)
        if charts:
            title = _title("Training", output, run)
            found.sections.append(curves_section(_id(output), title, charts, ()))
        elif charts is not None:
            found.omitted.append(
                f"training curves of {output.node.node}: its run_fn wrote none"
                " (`keras.callbacks.TensorBoard(fn_args.model_run_dir)` does)"
            )
    for output in outputs(run, "TunerResults"):
        trials = found.read("trials", output, read_trials)
        if trials is None:
            continue
        best = next((each for each in outputs(run, "HyperParameters") if each.node is output.node), None)
        values = (found.read("hyperparameters", best, read_best) if best is not None else None) or {}
        title = _title("Hyperparameters", output, run)
        found.sections.append(trials_section(_id(output), title, trials, values, ()))


def _evaluations(run: Run, found: Collected) -> None:
    for output in outputs(run, "ModelEvaluation"):
        evaluation = found.read("evaluation", output, read_evaluation)
        if evaluation is None:
            continue
        plots = found.read("plots", output, read_plots) or ()
        blessing = next(
            (each.artifact for each in outputs(run, "ModelBlessing") if each.node is output.node), None
        )
        title = _title("Evaluation", output, run)
        section = evaluation_section(_id(output), title, evaluation, plots, blessing, ())
        found.sections.append(section)
        if section.view["verdict"] is not None:
            blessed = bool(section.view["verdict"])
            word = "blessed" if blessed else "not blessed"
            found.verdicts.append(Fact("Model", word, "good" if blessed else "bad"))


def _models(run: Run, found: Collected) -> None:
    models = []
    for output in outputs(run, "Model"):
        notes = len(found.omitted)
        model = found.read("model", output, read_model)
        note = found.omitted.pop() if len(found.omitted) > notes else ""
        models.append(model_view(output.node.node, output.artifact, model, note))
        if output.artifact.custom_properties.get("servable") == 0:
            found.verdicts.append(Fact(output.node.node, "not servable", "bad"))
    pushes = []
    for output in outputs(run, "PushedModel"):
        pushes.append(push_view(output.node.node, output.artifact))
        pushed = bool(pushes[-1]["pushed"])
        found.verdicts.append(
            Fact("Push", "pushed" if pushed else "nothing pushed", "good" if pushed else "")
        )
    if models or pushes:
        found.sections.append(models_section(models, pushes))


def _outcomes(run: Run, found: Collected) -> None:
    """Says in the head of the page what was sent and started."""
    for output in outputs(run, "JsonValue"):
        properties = output.artifact.custom_properties
        reason = str(properties.get("reason") or "")
        if "sent_to" in properties:
            ways = str(properties["sent_to"] or "")
            done, undone = f"sent by {ways}", "sent nothing"
        elif "triggered" in properties:
            ways = str(properties.get("run") or "")
            done, undone = f"started {ways}", "started nothing"
        else:
            continue
        words = done if ways else undone
        shown = f"{words}: {reason}" if reason else words
        found.verdicts.append(Fact(output.node.node, shown, "good" if ways else ""))


_EXPECTED = (
    ("ExampleStatistics", "statistics"),
    ("ExampleAnomalies", "anomalies"),
    ("TransformGraph", "Transform's features"),
    ("ModelRun", "training curves"),
    ("ModelEvaluation", "evaluation"),
    ("Model", "models"),
)


def _say_what_is_not_there(plan: Plan, run: Run, found: Collected) -> None:
    """Says of each kind of finding why the page has none: no node makes it, or those that do did not."""
    for artifact_type, what in _EXPECTED:
        if any(True for _ in outputs(run, artifact_type)):
            continue
        makers = [
            node.id
            for node in plan.nodes
            if artifact_type in node.outputs.values() and node.component.kind != "resolver"
        ]
        if not makers:
            found.omitted.append(f"{what}: no node of this pipeline makes any")
            continue
        states: dict[str, Any] = {node.node: node.state for node in run.nodes}
        ended = ", ".join(f"{node} {_words(states.get(node))}" for node in makers[:5])
        found.omitted.append(f"{what}: {ended}")


def _words(state: Optional[str]) -> str:
    return {None: "is not in this run", "not_run": "was not run", "skipped": "was skipped"}.get(
        state, f"has put out none ({state})"
    )
