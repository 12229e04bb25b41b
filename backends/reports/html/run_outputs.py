"""The artifacts that a run put out, read for its page: what cannot be read is left out with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Optional, TypeVar

from tfxc.backends.metadata.values import Artifact, NodeRun, Run
from tfxc.backends.reports.artifacts.files import UnreadableError
from tfxc.backends.reports.html.run_sections import Fact
from tfxc.backends.reports.html.sections import Section

T = TypeVar("T")
STATISTICS_OF_TRANSFORM = ("pre_transform_stats", "post_transform_stats")
OF_TRANSFORM = (
    *STATISTICS_OF_TRANSFORM,
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


def outputs(run: Run, artifact_type: str) -> Iterator[Output]:
    """Yields the artifacts of a type that the run made or took over, in the order of the nodes."""
    for node in run.nodes:
        for key, artifacts in node.outputs.items():
            for artifact in artifacts:
                if artifact.type == artifact_type:
                    yield Output(node, key, artifact)


def section_id(output: Output) -> str:
    """Returns the id of the section that shows an output: it begins with the node's."""
    return f"{output.node.node}-{output.key}".replace(".", "-")


def section_title(title: str, output: Output, run: Run) -> str:
    """Returns a title that names the node where there are several of a kind."""
    alike = [each for each in outputs(run, output.artifact.type) if each.key not in OF_TRANSFORM]
    several = len(alike) > 1
    return f"{title}: {output.node.node}" if several else title
