"""What the pages of artifacts show, as values: one in a list; one with what made it and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from tfxc.backends.metadata.past import Past
from tfxc.backends.metadata.values import Artifact, Use

MOST_ARTIFACTS = 200


@dataclass(frozen=True)
class ArtifactRow:
    """An artifact in a list."""

    id: int
    type: str
    node: str
    run: str
    created: Optional[datetime]
    uri: str
    state: str


def artifact_rows(past: Past, type_name: str = "") -> tuple[tuple[ArtifactRow, ...], tuple[str, ...], int]:
    """Returns the newest artifacts of a pipeline, of one type if given; all types; and how many there are."""
    own = [
        each
        for each in past.history.artifacts.values()
        if each.maker is not None and each.maker.pipeline == past.plan.name
    ]
    types = tuple(sorted({each.type for each in own}))
    found = sorted(
        (each for each in own if not type_name or each.type == type_name), key=lambda each: -each.id
    )
    return tuple(artifact_row(each) for each in found[:MOST_ARTIFACTS]), types, len(found)


def artifact_row(artifact: Artifact) -> ArtifactRow:
    """Returns an artifact in a list."""
    maker = artifact.maker
    return ArtifactRow(
        artifact.id,
        artifact.type,
        maker.node if maker is not None else "",
        maker.run_id if maker is not None else "",
        artifact.created,
        artifact.uri,
        artifact.state,
    )


@dataclass(frozen=True)
class ArtifactPage:
    """An artifact: what it is, what made it of what, and who has used it."""

    row: ArtifactRow
    name: str
    properties: tuple[tuple[str, str], ...]
    maker: Optional[Use]
    made_of: tuple[ArtifactRow, ...]
    consumers: tuple[Use, ...]
    reusers: tuple[Use, ...]
    came_of_it: tuple[ArtifactRow, ...]


def artifact_page(past: Past, artifact: Artifact) -> ArtifactPage:
    """Returns the page of an artifact."""
    every = past.history.artifacts.values()
    makers = {artifact.maker.execution_id} if artifact.maker is not None else set()
    readers = {use.execution_id for use in artifact.consumers}
    made_of = [each for each in every if any(use.execution_id in makers for use in each.consumers)]
    came = [each for each in every if each.maker is not None and each.maker.execution_id in readers]
    properties = {**artifact.properties, **artifact.custom_properties}
    # What begins with two underscores is the launcher's own book-keeping.
    told = sorted((name, value) for name, value in properties.items() if not name.startswith("__"))
    return ArtifactPage(
        artifact_row(artifact),
        artifact.name,
        tuple((name, _shown(value)) for name, value in told),
        artifact.maker,
        tuple(map(artifact_row, made_of)),
        artifact.consumers,
        artifact.reusers,
        tuple(map(artifact_row, came)),
    )


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
