"""MLflow's model registry and tracking server.

Mirrors ``mlflow/protos/service.proto``, ``model_registry.proto`` and ``mlflow_artifacts.proto``, as MLflow
3.17 answers. A version is registered when its files are uploaded and checked: MLflow itself does not look
whether there is anything at a version's source.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Optional

from tfxc.backends.registry.mlflow_messages import (
    LONGEST_TEXT,
    artifacts_of,
    filter_tags,
    filter_text,
    names_for,
    proxied,
    quoted_path,
    registered_model,
    tags_of,
    version_of,
)
from tfxc.backends.registry.model_files import model_files
from tfxc.backends.registry.values import RegisteredModel, Registration, Version
from tfxc.backends.web.client import Authorization, Client, ServerError, basic, bearer

_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
_MODEL = "model"
"""The folder of the model among a run's artifacts."""
_TOKEN, _USER, _PASSWORD = "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
_CERTIFICATES = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_MOST_IN_A_BATCH = 100


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
        found = list(self._search(f"name = {filter_text(name)} and {filter_tags(identity)}"))
        return found[0] if found else None

    def register(self, registration: Registration) -> Version:
        """Uploads a model, checks what has arrived, and makes it a version."""
        run = self._run(registration)
        run_id, root = str(run["run_id"]), artifacts_of(run)
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
            "tags": tags_of(registration.tags),
        }
        made = self._client.send("POST", f"{_API}/model-versions/create", body, repeatable=False)
        return version_of(made["model_version"])

    def set_alias(self, name: str, version: str, alias: str) -> None:
        """Lets an alias mean a version."""
        body = {"name": name, "alias": alias, "version": version}
        self._client.send("POST", f"{_API}/registered-models/alias", body, repeatable=True)

    def models(self) -> tuple[RegisteredModel, ...]:
        """Returns all names, sorted."""
        found = self._pages("registered-models/search", "registered_models", {"max_results": 200})
        return tuple(sorted((registered_model(each) for each in found), key=lambda model: model.name))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Returns the versions of a name, the latest first, without metrics."""
        aliases = self._aliases(name)
        found = [version_of(each, aliases) for each in self._found(f"name = {filter_text(name)}")]
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
        root = proxied(uri)
        for name in self._listed(root):
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ServerError(f"{version.uri} has a file outside its folder: `{name}`.")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._client.download(f"{_FILES}/{quoted_path(root)}/{quoted_path(name)}", target)

    def _with_run(self, found: Mapping[str, Any], aliases: Mapping[str, Sequence[str]]) -> Version:
        if not found.get("run_id"):
            return version_of(found, aliases)
        try:
            run = self._client.get(f"{_API}/runs/get", {"run_id": found["run_id"]})["run"]["data"]
        except ServerError as error:
            if error.status != 404:
                raise
            run = {}  # the run was deleted: the version stands without it
        return version_of(found, aliases, run)

    def _aliases(self, name: str) -> dict[str, list[str]]:
        """Returns version → its aliases."""
        model = self._client.get(f"{_API}/registered-models/get", {"name": name})["registered_model"]
        found: dict[str, list[str]] = {}
        for each in model.get("aliases", ()):
            found.setdefault(str(each["version"]), []).append(str(each["alias"]))
        return found

    def _search(self, words: str) -> Iterator[Version]:
        """Yields versions, the latest first; of a name that there is not, none."""
        found = [version_of(each) for each in self._found(words)]
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
        body = {
            "experiment_ids": [experiment],
            "filter": filter_tags(registration.identity()),
            "max_results": 10,
        }
        names = names_for(tuple(registration.parameters))
        parameters = {names[key]: value[:LONGEST_TEXT] for key, value in registration.parameters.items()}
        for each in self._client.send("POST", f"{_API}/runs/search", body, repeatable=True).get("runs", ()):
            logged = {item["key"]: item["value"] for item in each["data"].get("params", ())}
            if logged.items() <= parameters.items():  # MLflow lets none be changed
                run: Mapping[str, Any] = each["info"]
                return run
        start = {
            "experiment_id": experiment,
            "start_time": int(time.time() * 1000),
            "run_name": f"{registration.name} {registration.tags.get('tfxc.run_id', '')}".strip(),
            "tags": tags_of(registration.tags),
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
        names = names_for((*registration.metrics, *registration.parameters))
        metrics = [
            {"key": names[key], "value": value, "timestamp": now, "step": 0}
            for key, value in registration.metrics.items()
        ]
        parameters = [
            {"key": names[key], "value": value[:LONGEST_TEXT]}
            for key, value in registration.parameters.items()
        ]
        tags = tags_of(registration.tags)
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
                self._client.upload(f"{_FILES}/{quoted_path(root)}/{quoted_path(name)}", path)
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
