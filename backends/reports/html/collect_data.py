"""What a run's page shows of its data: statistics and what they are compared with, anomalies, Transform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Optional

from tfxc.backends.metadata.values import Artifact, NodeRun, Run
from tfxc.backends.reports.artifacts.anomalies import Anomaly, Distance, read_anomalies
from tfxc.backends.reports.artifacts.schema import SchemaFeature, read_schema
from tfxc.backends.reports.artifacts.statistics import Dataset, read_statistics
from tfxc.backends.reports.artifacts.transform_graph import read_vocabularies
from tfxc.backends.reports.html.data_sections import anomaly_section, data_section, transform_section
from tfxc.backends.reports.html.run_outputs import (
    OF_TRANSFORM,
    STATISTICS_OF_TRANSFORM,
    Collected,
    Output,
    outputs,
    section_id,
    section_title,
)
from tfxc.backends.reports.html.run_sections import Fact

_Anomalies = tuple[Output, tuple[Anomaly, ...], tuple[Distance, ...]]


def add_data(run: Run, found: Collected) -> None:
    """Adds the sections of the data, and those of their anomalies."""
    anomalies = _anomalies(run, found)
    _statistics(run, found, anomalies)
    for output, listed, distances in anomalies:
        title = section_title("Anomalies", output, run)
        span = _span(run, output.node)
        notes = (f"The data are of span {span}.",) if span else ()
        found.sections.append(anomaly_section(section_id(output), title, listed, distances, notes))


def _anomalies(run: Run, found: Collected) -> list[_Anomalies]:
    """Reads the anomalies of all validators but Transform's own."""
    read = []
    total = 0
    for output in outputs(run, "ExampleAnomalies"):
        if output.key in OF_TRANSFORM:
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


def _statistics(run: Run, found: Collected, anomalies: list[_Anomalies]) -> None:
    schema: tuple[SchemaFeature, ...] = ()
    for output in outputs(run, "Schema"):
        if output.key not in OF_TRANSFORM:
            schema = found.read("schema", output, read_schema) or schema
    for output in outputs(run, "ExampleStatistics"):
        if output.key in OF_TRANSFORM:
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
        title = section_title("Data", output, run)
        beside = tuple(_beside(run, output, found))
        found.sections.append(data_section(section_id(output), title, (*datasets, *beside), schema, own))


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


def add_transforms(run: Run, found: Collected) -> None:
    """Adds the sections of what Transform has made of the data."""
    for output in outputs(run, "TransformGraph"):
        statistics = {}
        for key in STATISTICS_OF_TRANSFORM:
            own = next((each for each in outputs(run, "ExampleStatistics") if _is(each, output, key)), None)
            read = found.read(key.replace("_", " "), own, read_statistics) if own is not None else None
            statistics[key] = read or ()
        vocabularies = found.read("transform graph", output, read_vocabularies) or ()
        before, after = (statistics[key] for key in STATISTICS_OF_TRANSFORM)
        if before or after or vocabularies:
            title = section_title("Transformed features", output, run)
            section = transform_section(section_id(output), title, before, after, vocabularies, ())
            found.sections.append(section)


def _is(one: Output, other: Output, key: str) -> bool:
    return one.node is other.node and one.key == key
