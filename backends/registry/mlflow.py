"""MLflow's model registry and tracking server.

Mirrors ``mlflow/protos/service.proto``, ``model_registry.proto`` and ``mlflow_artifacts.proto``, as MLflow
3.17 answers. A version is registered when its files are uploaded and checked: MLflow itself does not look
whether there is anything at a version's source.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Optional

from tfxc.backends.registry.model_files import model_files
from tfxc.backends.registry.values import RegisteredModel, Registration, Version
from tfxc.backends.web.client import Authorization, Client, ServerError, basic, bearer, quoted

_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
_MODEL = "model"
"""The folder of the model among a run's artifacts."""
_TOKEN, _USER, _PASSWORD = "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
_CERTIFICATES = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_MOST_IN_A_BATCH = 100
_LONGEST_TAG = 5000
_NOT_IN_A_NAME = re.compile(r"[^\w\-. :/]", re.ASCII)
"""What MLflow allows in the name of a metric or a parameter, the other way round."""


class MlflowRegistry:
    """A tracking server with its registry. Errors are ServerErrors."""

    def __init__(
        self, tracking_uri: str, environment: Mapping[str, str], experiment: str = "Default"
    ) -> None:
        self._client = Client(
            tracking_uri, "the MLflow server", _authorization(environment), environment.get(_CERTIFICATES, "")
        )
        self._experiment = experiment

    def find(self, name: str, identity: Mapping[str, str]) -> Optional[Version]:
        """Returns the version whose tags are these; None if it is not registered."""
        found = list(self._search(f"name = {_text(name)} and {_tags(identity)}"))
        return found[0] if found else None

    def register(self, registration: Registration) -> Version:
        """Uploads a model, checks what has arrived, and makes it a version."""
        run = self._run(registration)
        run_id, root = str(run["run_id"]), _artifacts_of(run)
        try:
            self._log(run_id, registration)
            self._upload(root, registration)
        except BaseException:
            self._end(run_id, "FAILED")
            raise
        self._end(run_id, "FINISHED")
        self._ensure_model(registration.name)
        body = {
            "name": registration.name,
            "source": f"{run['artifact_uri']}/{_MODEL}",
            "run_id": run_id,
            "tags": _pairs(_shortened(registration.tags)),
        }
        made = self._client.send("POST", f"{_API}/model-versions/create", body, repeatable=False)
        return _version(made["model_version"])

    def set_alias(self, name: str, version: str, alias: str) -> None:
        """Lets an alias mean a version."""
        body = {"name": name, "alias": alias, "version": version}
        self._client.send("POST", f"{_API}/registered-models/alias", body, repeatable=True)

    def models(self) -> tuple[RegisteredModel, ...]:
        """Returns all names, sorted."""
        found = self._pages("registered-models/search", "registered_models", {"max_results": 200})
        return tuple(sorted((_model(each) for each in found), key=lambda model: model.name))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Returns the versions of a name, the latest first, without metrics."""
        aliases = self._aliases(name)
        found = [_version(each, aliases) for each in self._found(f"name = {_text(name)}")]
        return tuple(sorted(found, key=lambda each: int(each.version), reverse=True))

    def version(self, name: str, version: str) -> Version:
        """Returns one version with the metrics and parameters of its run."""
        query = {"name": name, "version": version}
        found = self._client.get(f"{_API}/model-versions/get", query)["model_version"]
        return self._with_run(found, self._aliases(name))

    def version_by_alias(self, name: str, alias: str) -> Version:
        """Returns the version that an alias means."""
        query = {"name": name, "alias": alias}
        found = self._client.get(f"{_API}/registered-models/alias", query)["model_version"]
        return self._with_run(found, self._aliases(name))

    def download(self, version: Version, folder: Path) -> None:
        """Writes the files of a version into a folder."""
        query = {"name": version.name, "version": version.version}
        uri = str(self._client.get(f"{_API}/model-versions/get-download-uri", query).get("artifact_uri", ""))
        root = _proxied(uri)
        for name in self._listed(root):
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ServerError(f"{version.uri} has a file outside its folder: `{name}`.")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._client.download(f"{_FILES}/{_path(root)}/{_path(name)}", target)

    def _with_run(self, found: Mapping[str, Any], aliases: Mapping[str, Sequence[str]]) -> Version:
        if not found.get("run_id"):
            return _version(found, aliases)
        try:
            run = self._client.get(f"{_API}/runs/get", {"run_id": found["run_id"]})["run"]["data"]
        except ServerError as error:
            if error.status != 404:
                raise
            run = {}  # the run was deleted: the version stands without it
        return _version(found, aliases, run)

    def _aliases(self, name: str) -> dict[str, list[str]]:
        """Returns version → its aliases."""
        model = self._client.get(f"{_API}/registered-models/get", {"name": name})["registered_model"]
        found: dict[str, list[str]] = {}
        for each in model.get("aliases", ()):
            found.setdefault(str(each["version"]), []).append(str(each["alias"]))
        return found

    def _search(self, words: str) -> Iterator[Version]:
        """Yields versions, the latest first; of a name that there is not, none."""
        found = [_version(each) for each in self._found(words)]
        yield from sorted(found, key=lambda each: int(each.version), reverse=True)

    def _found(self, words: str) -> Iterator[Mapping[str, Any]]:
        yield from self._pages(
            "model-versions/search", "model_versions", {"filter": words, "max_results": 200}
        )

    def _pages(self, path: str, key: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        token: Optional[str] = None
        while True:
            page = self._client.get(f"{_API}/{path}", {**query, "page_token": token})
            yield from page.get(key, ())
            token = page.get("next_page_token") or None
            if token is None:
                return

    def _run(self, registration: Registration) -> Mapping[str, Any]:
        """Returns the run that an earlier attempt has begun, or a new one."""
        experiment = self._experiment_id()
        body = {"experiment_ids": [experiment], "filter": _tags(registration.identity()), "max_results": 10}
        names = _names(tuple(registration.parameters))
        parameters = {names[key]: value[:_LONGEST_TAG] for key, value in registration.parameters.items()}
        for each in self._client.send("POST", f"{_API}/runs/search", body, repeatable=True).get("runs", ()):
            logged = {item["key"]: item["value"] for item in each["data"].get("params", ())}
            if logged.items() <= parameters.items():  # MLflow lets none be changed
                run: Mapping[str, Any] = each["info"]
                return run
        start = {
            "experiment_id": experiment,
            "start_time": int(time.time() * 1000),
            "run_name": f"{registration.name} {registration.tags.get('tfxc.run_id', '')}".strip(),
            "tags": _pairs(_shortened(registration.tags)),
        }
        made: Mapping[str, Any] = self._client.send("POST", f"{_API}/runs/create", start, repeatable=False)
        info: Mapping[str, Any] = made["run"]["info"]
        return info

    def _experiment_id(self) -> str:
        try:
            return self._experiment_by_name()
        except ServerError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
        try:
            body = {"name": self._experiment}
            made = self._client.send("POST", f"{_API}/experiments/create", body, repeatable=False)
        except ServerError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise
            return self._experiment_by_name()
        return str(made["experiment_id"])

    def _experiment_by_name(self) -> str:
        query = {"experiment_name": self._experiment}
        found = self._client.get(f"{_API}/experiments/get-by-name", query)["experiment"]
        if found.get("lifecycle_stage") == "deleted":
            raise ServerError(
                f"the MLflow experiment `{self._experiment}` is deleted: restore it, or name another."
            )
        return str(found["experiment_id"])

    def _log(self, run_id: str, registration: Registration) -> None:
        now = int(time.time() * 1000)
        names = _names((*registration.metrics, *registration.parameters))
        metrics = [
            {"key": names[key], "value": value, "timestamp": now, "step": 0}
            for key, value in registration.metrics.items()
        ]
        parameters = [
            {"key": names[key], "value": value[:_LONGEST_TAG]}
            for key, value in registration.parameters.items()
        ]
        tags = _pairs(_shortened(registration.tags))
        while metrics or parameters or tags:
            body = {
                "run_id": run_id,
                "metrics": metrics[:_MOST_IN_A_BATCH],
                "params": parameters[:_MOST_IN_A_BATCH],
                "tags": tags[:_MOST_IN_A_BATCH],
            }
            self._client.send("POST", f"{_API}/runs/log-batch", body, repeatable=True)
            metrics, parameters = metrics[_MOST_IN_A_BATCH:], parameters[_MOST_IN_A_BATCH:]
            tags = tags[_MOST_IN_A_BATCH:]

    def _upload(self, root: str, registration: Registration) -> None:
        """Uploads the files, and makes sure that all of them are there."""
        files = model_files(registration.folder)
        uploads = {f"{_MODEL}/{name}": path for name, path in files.items()} | dict(registration.files)
        for name, path in uploads.items():
            try:
                self._client.upload(f"{_FILES}/{_path(root)}/{_path(name)}", path)
            except ServerError as error:
                if error.status != 400:
                    raise
                raise ServerError(f"MLflow takes no file of the name `{name}`: {error}", 400) from None
        arrived = self._listed(f"{root}/{_MODEL}")
        for name, path in files.items():
            if arrived.get(name) != path.stat().st_size:
                raise ServerError(f"`{name}` of the model did not arrive whole in MLflow's artifact store.")
        more = sorted(arrived.keys() - files.keys())
        if more:
            raise ServerError(f"MLflow's artifact store has a file that the model has not: `{more[0]}`.")

    def _listed(self, root: str) -> dict[str, int]:
        """Returns the files below a folder of the artifact store, name → size."""
        found: dict[str, int] = {}
        pending = [""]
        while pending:
            below = pending.pop()
            path = f"{root}/{below}".rstrip("/")
            for each in self._client.get(_FILES, {"path": path}).get("files", ()):
                name = str(PurePosixPath(below, PurePosixPath(str(each["path"])).name))
                if each.get("is_dir"):
                    pending.append(name)
                else:
                    found[name] = int(each.get("file_size", 0))
        return found

    def _end(self, run_id: str, status: str) -> None:
        """Says how a run ended. Where that cannot be said, whatever failed first is what matters."""
        body = {"run_id": run_id, "status": status, "end_time": int(time.time() * 1000)}
        try:
            self._client.send("POST", f"{_API}/runs/update", body, repeatable=True)
        except ServerError:
            if status != "FAILED":
                raise

    def _ensure_model(self, name: str) -> None:
        try:
            self._client.send("POST", f"{_API}/registered-models/create", {"name": name}, repeatable=True)
        except ServerError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise


def _authorization(environment: Mapping[str, str]) -> Authorization:
    """Returns who asks, by MLflow's own variables: user and password before the token, as its client does."""
    user, password = environment.get(_USER), environment.get(_PASSWORD)
    if user and password:
        return basic(user, password, f"{_USER} and {_PASSWORD}")
    if environment.get(_TOKEN):
        return bearer(environment[_TOKEN], _TOKEN)
    return Authorization(None, f"{_TOKEN}, or {_USER} and {_PASSWORD},")


def _artifacts_of(run: Mapping[str, Any]) -> str:
    return _proxied(str(run.get("artifact_uri", "")))


def _proxied(uri: str) -> str:
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


def _path(name: str) -> str:
    return "/".join(quoted(part) for part in name.split("/"))


def _text(value: str) -> str:
    """Returns a text as MLflow's filters spell it. Raises ServerError for one that they cannot spell."""
    if "'" in value:
        raise ServerError(f"MLflow cannot look for `{value}`, which has an apostrophe in it.")
    return f"'{value}'"


def _tags(identity: Mapping[str, str]) -> str:
    return " and ".join(f"tags.`{key}` = {_text(value)}" for key, value in identity.items())


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _shortened(tags: Mapping[str, str]) -> dict[str, str]:
    return {
        key: value if len(value) <= _LONGEST_TAG else f"{value[: _LONGEST_TAG - 1]}…"
        for key, value in tags.items()
    }


def _names(keys: Sequence[str]) -> dict[str, str]:
    """Returns key → the name that MLflow takes for it."""
    return {key: _NOT_IN_A_NAME.sub("_", key)[:250] for key in keys}


def _model(found: Mapping[str, Any]) -> RegisteredModel:
    versions = [int(each["version"]) for each in found.get("latest_versions", ())]
    aliases = {str(each["alias"]): str(each["version"]) for each in found.get("aliases", ())}
    return RegisteredModel(str(found["name"]), aliases, str(max(versions)) if versions else None)


def _version(
    found: Mapping[str, Any],
    aliases: Optional[Mapping[str, Sequence[str]]] = None,
    run: Optional[Mapping[str, Any]] = None,
) -> Version:
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
