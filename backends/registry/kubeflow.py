"""Kubeflow's model registry.

Mirrors ``api/openapi/model-registry.yaml`` of kubeflow/model-registry 0.3 (v1alpha3). It keeps no files: a
version's artifact says where they are. It has no aliases: one is the custom property ``alias.NAME`` of the
registered model, whose value is a version's name. A version is ARCHIVED until all of it is there; only LIVE
ones count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.registry.values import RegisteredModel, Registration, Version
from tfxc.backends.web.client import Authorization, Client, ServerError, bearer, quoted

_API = "/api/model_registry/v1alpha3"
_TOKEN, _TOKEN_FILE = "MODEL_REGISTRY_TOKEN", "KF_PIPELINES_SA_TOKEN_PATH"
_ALIAS, _METRIC, _PARAMETER = "alias.", "metric.", "parameter."
_FILES = "model-artifact"
_MOST_TRIES = 20
_PAGE = 100


class KubeflowRegistry:
    """A registry's REST server. Errors are ServerErrors."""

    def __init__(self, server_address: str, environment: Mapping[str, str], author: str = "") -> None:
        self._client = Client(
            server_address,
            "the Kubeflow model registry",
            _authorization(environment),
            environment.get("SSL_CERT_FILE", ""),
        )
        self._author = author

    def find(self, name: str, identity: Mapping[str, str]) -> Optional[Version]:
        """Returns the version of this identity; None if it is not registered, or not all of it is."""
        found = self._begun(name, identity)
        if found is None or found.get("state") != "LIVE":
            return None
        return _version(name, found, {}, self._source(found))

    def register(self, registration: Registration) -> Version:
        """Makes a version of a model, or makes one whole that an earlier attempt has begun."""
        model = self._ensure_model(registration.name)
        version = self._begun(registration.name, registration.identity()) or self._begin(model, registration)
        identifier = str(version["id"])
        body = {"customProperties": _properties(registration)}
        self._client.send("PATCH", f"{_API}/model_versions/{quoted(identifier)}", body, repeatable=True)
        self._put_artifact(identifier, registration)
        live = self._client.send(
            "PATCH", f"{_API}/model_versions/{quoted(identifier)}", {"state": "LIVE"}, repeatable=True
        )
        return _version(registration.name, live, {}, registration.uri)

    def set_alias(self, name: str, version: str, alias: str) -> None:
        """Lets an alias mean a version."""
        model = self._model(name)
        properties = {**model.get("customProperties", {}), f"{_ALIAS}{alias}": _string(version)}
        path = f"{_API}/registered_models/{quoted(str(model['id']))}"
        self._client.send("PATCH", path, {"customProperties": properties}, repeatable=True)

    def models(self) -> tuple[RegisteredModel, ...]:
        """Returns all names, sorted."""
        found = [
            RegisteredModel(str(each["name"]), _aliases(each), self._latest(each))
            for each in self._pages(f"{_API}/registered_models")
            if each.get("state") != "ARCHIVED"
        ]
        return tuple(sorted(found, key=lambda model: model.name))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Returns the versions of a name, the latest first."""
        model = self._model(name)
        found = [_version(name, each, _aliases(model)) for each in self._live(model)]
        return tuple(sorted(found, key=lambda each: _order(each.version), reverse=True))

    def version(self, name: str, version: str) -> Version:
        """Returns one version."""
        model = self._model(name)
        found = self._one("model_version", {"name": version, "parentResourceId": model["id"]})
        if found is None or found.get("state") != "LIVE":
            raise ServerError(f"the registry has no version {version} of `{name}`.", 404)
        return _version(name, found, _aliases(model), self._source(found))

    def version_by_alias(self, name: str, alias: str) -> Version:
        """Returns the version that an alias means."""
        meant = _aliases(self._model(name)).get(alias)
        if meant is None:
            raise ServerError(f"no version of `{name}` has the alias `{alias}`.", 404)
        return self.version(name, meant)

    def download(self, version: Version, folder: Path) -> None:
        """Copies the files that a version's artifact names, where they are on this machine."""
        from shutil import copytree

        if "://" in version.source.removeprefix("file://"):
            raise ServerError(
                f"the Kubeflow registry keeps no files: copy those of {version.uri} from {version.source}."
            )
        source = Path(version.source.removeprefix("file://"))
        if not source.is_dir():
            raise ServerError(f"the files of {version.uri} are not in {source}.")
        copytree(source, folder, dirs_exist_ok=True)

    def _begun(self, name: str, identity: Mapping[str, str]) -> Optional[Mapping[str, Any]]:
        """Returns the version of an identity, whole or not."""
        model = self._one("registered_model", {"name": name})
        if model is None:
            return None
        query = {"externalId": _external_id(name, identity), "parentResourceId": model["id"]}
        return self._one("model_version", query)

    def _begin(self, model: Mapping[str, Any], registration: Registration) -> Mapping[str, Any]:
        """Makes a version with the next number that is free."""
        numbers = [_order(str(each["name"])) for each in self._versions(model)]
        number = max(numbers, default=0)
        for attempt in range(1, _MOST_TRIES + 1):
            body = {
                "name": str(number + attempt),
                "externalId": _external_id(registration.name, registration.identity()),
                "registeredModelId": str(model["id"]),
                "state": "ARCHIVED",
                **({"author": self._author} if self._author else {}),
                "customProperties": _properties(registration),
            }
            try:
                made: Mapping[str, Any] = self._client.send(
                    "POST", f"{_API}/model_versions", body, repeatable=False
                )
            except ServerError as error:
                # Somebody has taken the number in between.
                taken = error.status in (400, 409) and self._one(
                    "model_version", {"name": body["name"], "parentResourceId": model["id"]}
                )
                if not taken:
                    raise
            else:
                return made
        raise ServerError(f"the registry gives no free version of `{registration.name}`.")

    def _put_artifact(self, version: str, registration: Registration) -> None:
        """Says where the files of a version are."""
        path = f"{_API}/model_versions/{quoted(version)}/artifacts"
        tags = registration.tags
        body = {
            "artifactType": _FILES,
            "name": f"{registration.name}-{version}",
            "uri": registration.uri,
            "modelFormatName": "tensorflow",
            "modelFormatVersion": tags.get("tfxc.tensorflow_version", ""),
            "modelSourceKind": "tfx",
            "modelSourceClass": "pipelinerun",
            "modelSourceGroup": tags.get("tfxc.pipeline", ""),
            "modelSourceId": tags.get("tfxc.run_id", ""),
            "modelSourceName": tags.get("tfxc.node", ""),
            "state": "LIVE",
        }
        for each in self._pages(path):
            if each.get("name") == body["name"]:
                changed = {key: value for key, value in body.items() if key != "name"}
                self._client.send(
                    "PATCH", f"{_API}/model_artifacts/{quoted(str(each['id']))}", changed, repeatable=True
                )
                return
        self._client.send("POST", path, body, repeatable=False)

    def _ensure_model(self, name: str) -> Mapping[str, Any]:
        found = self._one("registered_model", {"name": name})
        if found is not None:
            return found
        body = {"name": name, "state": "LIVE", **({"owner": self._author} if self._author else {})}
        try:
            made: Mapping[str, Any] = self._client.send(
                "POST", f"{_API}/registered_models", body, repeatable=False
            )
        except ServerError as error:
            found = self._one("registered_model", {"name": name}) if error.status in (400, 409) else None
            if found is None:
                raise
            return found
        return made

    def _model(self, name: str) -> Mapping[str, Any]:
        found = self._one("registered_model", {"name": name})
        if found is None:
            raise ServerError(f"the registry has no model `{name}`.", 404)
        return found

    def _one(self, path: str, query: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
        try:
            found: Mapping[str, Any] = self._client.get(f"{_API}/{path}", query)
        except ServerError as error:
            if error.status == 404:
                return None
            raise
        return found

    def _pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        token: Optional[str] = None
        while True:
            page = self._client.get(path, {"pageSize": _PAGE, "nextPageToken": token})
            yield from page.get("items", ())
            token = page.get("nextPageToken") or None
            if token is None:
                return

    def _versions(self, model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from self._pages(f"{_API}/registered_models/{quoted(str(model['id']))}/versions")

    def _live(self, model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return (each for each in self._versions(model) if each.get("state") == "LIVE")

    def _latest(self, model: Mapping[str, Any]) -> Optional[str]:
        return max((str(each["name"]) for each in self._live(model)), key=_order, default=None)

    def _source(self, found: Mapping[str, Any]) -> str:
        """Returns where the files of a version are; nothing if nobody has said so."""
        listed = self._pages(f"{_API}/model_versions/{quoted(str(found['id']))}/artifacts")
        return next((str(each.get("uri", "")) for each in listed if each.get("artifactType") == _FILES), "")


def _version(name: str, found: Mapping[str, Any], aliases: Mapping[str, str], source: str = "") -> Version:
    values = {key: _plain(each) for key, each in found.get("customProperties", {}).items()}
    created = str(found.get("createTimeSinceEpoch", ""))
    return Version(
        name=name,
        version=str(found["name"]),
        aliases=tuple(sorted(alias for alias, version in aliases.items() if version == found["name"])),
        created=int(created) / 1000 if created.isdigit() else None,
        source=source,
        tags={key: str(value) for key, value in values.items() if not key.startswith((_METRIC, _PARAMETER))},
        metrics={
            key.removeprefix(_METRIC): float(value)
            for key, value in values.items()
            if key.startswith(_METRIC)
        },
        parameters={
            key.removeprefix(_PARAMETER): str(value)
            for key, value in values.items()
            if key.startswith(_PARAMETER)
        },
    )


def _authorization(environment: Mapping[str, str]) -> Authorization:
    """Returns who asks: a token, or the file of a service account's that Kubernetes keeps new."""
    if environment.get(_TOKEN):
        return bearer(environment[_TOKEN], _TOKEN)
    file = environment.get(_TOKEN_FILE)
    if file:
        try:
            return bearer(Path(file).read_text(encoding="utf-8"), _TOKEN_FILE)
        except (OSError, ValueError):
            raise ServerError(f"the file that {_TOKEN_FILE} names cannot be read.") from None
    return Authorization(None, f"{_TOKEN} (or {_TOKEN_FILE})")


def _external_id(name: str, identity: Mapping[str, str]) -> str:
    text = "\n".join((name, *(f"{key}={value}" for key, value in sorted(identity.items()))))
    return hashlib.sha256(text.encode()).hexdigest()


def _properties(registration: Registration) -> dict[str, dict[str, Any]]:
    return {
        **{key: _string(value) for key, value in registration.tags.items()},
        **{f"{_PARAMETER}{key}": _string(value) for key, value in registration.parameters.items()},
        **{
            f"{_METRIC}{key}": {"metadataType": "MetadataDoubleValue", "double_value": value}
            for key, value in registration.metrics.items()
        },
    }


def _string(value: str) -> dict[str, Any]:
    return {"metadataType": "MetadataStringValue", "string_value": value}


def _plain(value: Mapping[str, Any]) -> Any:
    """Returns the value of a custom property; an integer comes as text."""
    return next((each for key, each in value.items() if key.endswith("_value")), "")


def _aliases(model: Mapping[str, Any]) -> dict[str, str]:
    properties = model.get("customProperties", {})
    return {
        key.removeprefix(_ALIAS): str(_plain(value))
        for key, value in properties.items()
        if key.startswith(_ALIAS)
    }


def _order(version: str) -> int:
    """Returns a version's number; 0 of a name that is none."""
    return int(version) if version.isascii() and version.isdigit() else 0
