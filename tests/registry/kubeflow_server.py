"""A stand-in for Kubeflow's model registry, over HTTP: the rules of its API (v1alpha3), and nothing else.

Names are unique for one parent, so are external ids; unknown fields and values of the wrong type are refused;
ids and times are texts; a PATCH replaces what it names.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PREFIX = "/api/model_registry/v1alpha3/"
TOKEN = "right-token"
COMMON = {"name": str, "description": str, "externalId": str, "customProperties": dict, "state": str}
FIELDS: dict[str, dict[str, type]] = {
    "registered_models": {**COMMON, "owner": str},
    "model_versions": {**COMMON, "registeredModelId": str, "author": str},
    "model_artifacts": {
        **COMMON,
        "artifactType": str,
        "uri": str,
        **{f"modelFormat{part}": str for part in ("Name", "Version")},
        **{f"modelSource{part}": str for part in ("Kind", "Class", "Group", "Id", "Name")},
    },
}
VALUES: dict[str, tuple[str, tuple[type, ...]]] = {
    "MetadataStringValue": ("string_value", (str,)),
    "MetadataIntValue": ("int_value", (str,)),
    "MetadataDoubleValue": ("double_value", (int, float)),
    "MetadataBoolValue": ("bool_value", (bool,)),
}
STATES = {"registered_models": ("LIVE", "ARCHIVED"), "model_versions": ("LIVE", "ARCHIVED")}


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Store:
    """What the registry holds, and the requests that it got. ``lose`` ends a request when it was done."""

    def __init__(self) -> None:
        self.things: dict[str, list[dict[str, Any]]] = {kind: [] for kind in FIELDS}
        self.parents: dict[tuple[str, str], str] = {}
        self.requests: list[tuple[str, str]] = []
        self.lose: str = ""
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        with self._lock:
            self.requests.append((method, path))
            parts = path.split("/")
            if method == "GET" and parts[0] in ("registered_model", "model_version"):
                return self._one(f"{parts[0]}s", query)
            kind, rest = parts[0], parts[1:]
            if kind == "registered_models" and rest[1:] == ["versions"]:
                return self._list("model_versions", query, rest[0])
            if kind == "model_versions" and rest[1:] == ["artifacts"]:
                if method == "POST":
                    return self._create("model_artifacts", body, rest[0])
                return self._list("model_artifacts", query, rest[0])
            if kind not in FIELDS or len(rest) > 1:
                raise RefusedError(404, "page not found")
            if method == "GET" and not rest:
                return self._list(kind, query, "")
            if method == "POST" and not rest:
                parent = body.get("registeredModelId", "") if kind == "model_versions" else ""
                if kind == "model_versions" and not self._by_id("registered_models", parent):
                    raise RefusedError(400, "missing registered model id, cannot create model version")
                return self._create(kind, body, parent)
            if method == "PATCH" and rest:
                return self._change(kind, rest[0], body)
            raise RefusedError(405, "method not allowed")

    def _one(self, kind: str, query: dict[str, str]) -> Any:
        if "externalId" not in query and (
            "name" not in query or (kind == "model_versions" and "parentResourceId" not in query)
        ):
            raise RefusedError(400, "supply name and parentResourceId, or externalId")
        for each in self.things[kind]:
            wanted = {key: query[key] for key in ("name", "externalId") if key in query}
            parent = query.get("parentResourceId")
            if all(each.get(key) == value for key, value in wanted.items()) and parent in (
                None,
                self.parents[kind, each["id"]],
            ):
                return each
        raise RefusedError(404, f"no {kind} found")

    def _list(self, kind: str, query: dict[str, str], parent: str) -> Any:
        found = [each for each in self.things[kind] if self.parents[kind, each["id"]] == parent]
        size, start = min(int(query.get("pageSize", "20")), 2), int(query.get("nextPageToken") or 0)
        page = found[start : start + size]
        token = str(start + size) if start + size < len(found) else ""
        return {"items": page, "size": len(page), "pageSize": size, "nextPageToken": token}

    def _create(self, kind: str, body: Any, parent: str) -> Any:
        self._check(kind, body)
        if "name" not in body or (kind == "model_artifacts" and "artifactType" not in body):
            raise RefusedError(400, "required field is missing")
        for each in self.things[kind]:
            if each["name"] == body["name"] and self.parents[kind, each["id"]] == parent:
                raise RefusedError(409, f"{kind} named {body['name']} already exists")
            if body.get("externalId") and each.get("externalId") == body["externalId"]:
                raise RefusedError(409, "externalId already exists")
        made = {"state": "LIVE", **body, "id": str(next(self._ids)), "createTimeSinceEpoch": "1700000000000"}
        self.things[kind].append(made)
        self.parents[kind, made["id"]] = parent
        return made

    def _change(self, kind: str, identifier: str, body: Any) -> Any:
        self._check(kind, body)
        found = self._by_id(kind, identifier)
        if not found:
            raise RefusedError(404, "not found")
        if "name" in body:
            raise RefusedError(400, "the name cannot be changed")
        found.update(body)
        return found

    def _by_id(self, kind: str, identifier: str) -> Any:
        return next((each for each in self.things[kind] if each["id"] == identifier), None)

    def _check(self, kind: str, body: Any) -> None:
        for key, value in body.items():
            if key not in FIELDS[kind] or not isinstance(value, FIELDS[kind][key]):
                raise RefusedError(400, f"json: unknown field or wrong type: {key}")
        if body.get("state", "LIVE") not in STATES.get(kind, ("LIVE", "UNKNOWN", "PENDING")):
            raise RefusedError(400, "unknown state")
        for key, value in body.get("customProperties", {}).items():
            field, types = VALUES[value["metadataType"]]
            if set(value) != {"metadataType", field} or type(value[field]) not in types:
                raise RefusedError(400, f"custom property {key} is malformed")


@contextmanager
def serving() -> Iterator[tuple[str, Store]]:
    """Serves a registry that is empty; gives its address and what it holds."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            path = parts.path.removeprefix(PREFIX)
            try:
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise RefusedError(401, "no token")
                status, answer = (
                    200 if self.command != "POST" else 201,
                    store.answer(self.command, path, query, body),
                )
                if store.lose and store.lose == f"{self.command} {path.split('/')[0]}":
                    store.lose = ""
                    self.close_connection = True
                    return
            except RefusedError as refused:
                status, answer = refused.status, {"code": str(refused.status), "message": str(refused)}
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Asked to stop it looks up from its waiting: not half a second later.
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", store
    finally:
        server.shutdown()
        server.server_close()
