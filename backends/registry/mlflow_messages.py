"""What MLflow's messages spell in their own way: filters, tags, names, paths, models and versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tfxc.backends.registry.values import RegisteredModel, Version
from tfxc.backends.web.client import ServerError, quoted

LONGEST_TEXT = 5000
"""What MLflow takes as the value of a tag or a parameter."""
_NOT_IN_A_NAME = re.compile(r"[^\w\-. :/]", re.ASCII)
"""What MLflow allows in the name of a metric or a parameter, the other way round."""


def artifacts_of(run: Mapping[str, Any]) -> str:
    """Returns the path of a run's artifacts in the server's own store. Raises ServerError for another."""
    return proxied(str(run.get("artifact_uri", "")))


def proxied(uri: str) -> str:
    """Returns the path of an artifact's URI in the server's own store. Raises ServerError for another."""
    scheme, _, rest = uri.partition(":")
    if scheme != "mlflow-artifacts":
        raise ServerError(
            f"the MLflow server keeps artifacts where only its clients reach them ({scheme}): start it with "
            "`--serve-artifacts` and `--artifacts-destination`, and name an experiment made since."
        )
    if rest.startswith("//"):
        rest = rest[2:].partition("/")[2]
    return rest.strip("/")


def quoted_path(name: str) -> str:
    """Returns a path as a URL has it."""
    return "/".join(quoted(part) for part in name.split("/"))


def filter_text(value: str) -> str:
    """Returns a text as MLflow's filters spell it. Raises ServerError for one that they cannot spell."""
    if "'" in value:
        raise ServerError(f"MLflow cannot look for `{value}`, which has an apostrophe in it.")
    return f"'{value}'"


def filter_tags(identity: Mapping[str, str]) -> str:
    """Returns the filter that finds what has these tags. Raises ServerError for what it cannot spell."""
    return " and ".join(f"tags.`{key}` = {filter_text(value)}" for key, value in identity.items())


def tags_of(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Returns tags as MLflow takes them: those that are too long for it cut."""
    return [
        {"key": key, "value": value if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"}
        for key, value in values.items()
    ]


def names_for(keys: Sequence[str]) -> dict[str, str]:
    """Returns key → the name that MLflow takes for it."""
    return {key: _NOT_IN_A_NAME.sub("_", key)[:250] for key in keys}


def registered_model(found: Mapping[str, Any]) -> RegisteredModel:
    """Returns a model of MLflow's as registries here have one."""
    versions = [int(each["version"]) for each in found.get("latest_versions", ())]
    aliases = {str(each["alias"]): str(each["version"]) for each in found.get("aliases", ())}
    return RegisteredModel(str(found["name"]), aliases, str(max(versions)) if versions else None)


def version_of(
    found: Mapping[str, Any],
    aliases: Optional[Mapping[str, Sequence[str]]] = None,
    run: Optional[Mapping[str, Any]] = None,
) -> Version:
    """Returns a version of MLflow's as registries here have one.

    ``aliases`` are those of its model, by versions; ``run`` is the data of the run that made it.
    """
    created = found.get("creation_timestamp")
    version = str(found["version"])
    return Version(
        name=str(found["name"]),
        version=version,
        aliases=tuple(sorted((aliases or {}).get(version, ()))),
        created=int(created) / 1000 if created is not None else None,
        source=str(found.get("source", "")),
        tags={str(each["key"]): str(each.get("value", "")) for each in found.get("tags", ())},
        metrics={str(each["key"]): float(each["value"]) for each in (run or {}).get("metrics", ())},
        parameters={str(each["key"]): str(each["value"]) for each in (run or {}).get("params", ())},
    )
