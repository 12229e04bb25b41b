"""Secrets in the text of a spec: W714."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tfxc.compiler.language.references import is_templated, parse_template
from tfxc.compiler.models.markers import marked_values
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.addresses import WebAddress
from tfxc.schemas.components.markers import Secret
from tfxc.schemas.diagnostics import Finding, Path

_SOUNDS_SECRET = re.compile(
    r"auth|token|secret|password|passwd|key|cookie|signature|credential", re.IGNORECASE
)
_WEBHOOK_HOSTS = re.compile(
    r"hooks\.slack\.com|(.*\.)?discord(app)?\.com|.*\.webhook\.office\.com|chat\.googleapis\.com"
)
"""Hosts of webhooks whose whole address is the secret."""


def written_secrets(pipeline: Pipeline) -> Iterator[Finding]:
    """W714: a password or another secret in the text of the spec, which goes into every compiled bundle."""
    metadata = pipeline.document.get("metadata")
    for kind, settings in metadata.items() if isinstance(metadata, dict) else ():
        password = settings.get("password") if isinstance(settings, dict) else None
        if isinstance(password, str) and not is_templated(password):
            yield from _written(password, ("metadata", kind, "password"))
    for node in pipeline.nodes.values():
        model = node.model
        if model is None:
            continue
        for path, value in marked_values(model, Secret, node.values, node.path):
            if not isinstance(value, dict):
                yield from _written(value, path)
                continue
            for name, text in value.items():
                if isinstance(name, str) and _SOUNDS_SECRET.search(name):
                    yield from _written(text, (*path, name))
        for path, value in marked_values(model, WebAddress, node.values, node.path):
            if isinstance(value, str) and _is_secret_address(value):
                yield from _written(value, path)


def _is_secret_address(text: str) -> bool:
    """Whether a text is a web address that opens a door by itself."""
    if not text.startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(text)
        written = [name for name, value in parse_qsl(parts.query) if "{{" not in value]
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(_WEBHOOK_HOSTS.fullmatch(host)) or any(map(_SOUNDS_SECRET.search, written))


def _written(value: Any, path: Path) -> Iterator[Finding]:
    """Yields a finding unless the text has the value of an environment variable in it."""
    if not isinstance(value, str) or not value:
        return
    template = parse_template(value)
    if template.bad_references or any(each.root == "env" for each in template.references):
        return
    key = str(path[-1])
    name = key if re.fullmatch(r"[a-z_]+", key) else f'"{key}"'
    what = "password" if key == "password" else "secret"
    help_line = f'write `{name}: "{{{{ env.NAME }}}}"`: it is read where the nodes run'
    message = f"a {what} in the spec ends up in version control and in every compiled bundle"
    if template.references:
        message = f"a {what} in a parameter ends up in every report of a run"
    yield Finding("W714", message, path, help=(help_line,))
