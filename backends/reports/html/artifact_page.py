"""The page of one artifact, for systems that show a page beside each: with the sections of a run's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Optional, TypeVar

from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.metadata.values import Artifact as StoredArtifact
from tfxc.backends.reports.artifacts.anomalies import read_anomalies
from tfxc.backends.reports.artifacts.curves import read_curves
from tfxc.backends.reports.artifacts.evaluation import read_evaluation
from tfxc.backends.reports.artifacts.files import UnreadableError
from tfxc.backends.reports.artifacts.plots import read_plots
from tfxc.backends.reports.artifacts.statistics import read_statistics
from tfxc.backends.reports.artifacts.tuning import read_trials
from tfxc.backends.reports.html import from_summary
from tfxc.backends.reports.html.data_sections import anomaly_section, data_section
from tfxc.backends.reports.html.evaluation_sections import evaluation_section
from tfxc.backends.reports.html.page import page
from tfxc.backends.reports.html.sections import Section
from tfxc.backends.reports.html.training_sections import curves_section, trials_section
from tfxc.schemas.failures import Failure

T = TypeVar("T")
SKIPPED = "the node was skipped"
NOTHING = "there is nothing to report"


def artifact_page(
    node: str,
    output: str,
    artifact_type: str,
    artifacts: Sequence[Artifact],
    places: Mapping[str, str],
    summary: RunSummary,
    now: datetime,
) -> str:
    """Returns the page of what a node put out under a key.

    ``places`` has the folder that an artifact can be read from, by its URI, where that is another one. What
    cannot be read is shown as far as the ``summary`` of the run tells of it.
    """
    make = _SECTIONS.get(artifact_type)
    sections = []
    uris = [each.uri for each in artifacts if each.output == output]
    for uri in uris or [""]:
        place = places.get(uri, uri)
        section = make(node, output, place, artifacts, summary) if make is not None else None
        sections.extend([section] if section is not None else [])
    return page(f"{node}: {output}", sections, now, omitted=() if sections else (NOTHING,))


def skipped_page(node: str, output: str, now: datetime) -> str:
    """Returns the page of what a node that was skipped did not put out."""
    return page(f"{node}: {output}", (), now, omitted=(SKIPPED,))


def _read(reader: Callable[[str], T], place: str) -> tuple[Optional[T], tuple[str, ...]]:
    """Returns what an artifact holds; None, and why, if it cannot be read."""
    try:
        return reader(place), ()
    except (UnreadableError, Failure) as error:
        return None, (f"this is from the summary of the run, since the artifact cannot be read: {error}",)


def _statistics(
    node: str, output: str, place: str, _artifacts: Sequence[Artifact], summary: RunSummary
) -> Optional[Section]:
    found, notes = _read(read_statistics, place)
    told = [each for each in summary.statistics if each.node == node and each.output == output]
    shown = found or from_summary.datasets(told)
    return data_section("statistics", "Statistics", shown, notes=notes) if shown else None


def _anomalies(
    node: str, _output: str, place: str, _artifacts: Sequence[Artifact], summary: RunSummary
) -> Optional[Section]:
    found, notes = _read(read_anomalies, place)
    told = from_summary.anomalies([each for each in summary.anomalies if each.node == node])
    listed, distances = found if found is not None else (told, ())
    return anomaly_section("anomalies", "Anomalies", listed, distances, notes)


def _evaluation(
    node: str, _output: str, place: str, artifacts: Sequence[Artifact], summary: RunSummary
) -> Optional[Section]:
    found, notes = _read(read_evaluation, place)
    told = next((each for each in summary.evaluations if each.node == node), None)
    if found is None and told is None:
        return None
    shown = found if found is not None or told is None else from_summary.evaluation(told)
    assert shown is not None  # noqa: S101 - one of the two is there
    plots, _ = _read(read_plots, place)
    blessing = next((each for each in artifacts if each.artifact_type == "ModelBlessing"), None)
    if blessing is not None:
        properties = dict(blessing.properties)
    elif told is not None and told.blessed is not None:
        baseline = {"baseline_model_id": 0} if told.baseline else {}
        properties = {"blessed": int(told.blessed), **baseline}
    else:
        properties = {}
    verdict = _blessing(properties) if "blessed" in properties else None
    return evaluation_section("evaluation", "Evaluation", shown, plots or (), verdict, notes)


def _blessing(properties: Mapping[str, Any]) -> StoredArtifact:
    return StoredArtifact(
        0, "ModelBlessing", "", "", "", "live", None, custom_properties=properties
    )  # fmt: skip


def _curves(
    _node: str, _output: str, place: str, _artifacts: Sequence[Artifact], _summary: RunSummary
) -> Optional[Section]:
    charts, _ = _read(read_curves, place)
    return curves_section("training", "Training", charts, ()) if charts else None


def _trials(
    _node: str, _output: str, place: str, _artifacts: Sequence[Artifact], _summary: RunSummary
) -> Optional[Section]:
    trials, _ = _read(read_trials, place)
    return trials_section("trials", "Hyperparameters", trials, {}, ()) if trials else None


_Make = Callable[[str, str, str, Sequence[Artifact], RunSummary], Optional[Section]]
_SECTIONS: Mapping[str, _Make] = MappingProxyType(
    {
        "ExampleStatistics": _statistics,
        "ExampleAnomalies": _anomalies,
        "ModelEvaluation": _evaluation,
        "ModelRun": _curves,
        "TunerResults": _trials,
    }
)
