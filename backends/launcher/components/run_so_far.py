"""What the launcher knows of a run and TFX's executors do not, for components that tell of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from tfxc.backends.launcher.protocol.summaries import FailedNode
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.backends.web.secrets import hidden, secrets_of
from tfxc.schemas.addresses import WebAddress
from tfxc.schemas.components.markers import Secret
from tfxc.schemas.failures import Failure


def _by_type(artifact: Any) -> str:
    return str(artifact.producer_component or artifact.type_name)


def _nothing_done() -> Mapping[str, str]:
    return {}


def _not_recorded(what: str, key: str) -> None:
    del what, key


@dataclass(frozen=True)
class RunSoFar:
    """A run of ``pipeline`` while its ``node`` is running.

    ``done`` tells what earlier attempts of the node have done, name → key; ``record`` keeps such, so that
    no later attempt does it again. ``report`` is how to see the run; ``environment`` is what a process
    inherits that is started from here. ``maker`` tells which node made an artifact. ``published``
    is what nodes have put out, by input, that then failed for it: TFX gives nobody what a failed node made.
    """

    pipeline: str = ""
    node: str = ""
    values: Values = field(default_factory=lambda: Values({}, "", "", os.environ))
    state: Literal["running", "succeeded", "failed"] = "running"
    failed: tuple[FailedNode, ...] = ()
    report: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    maker: Callable[[Any], str] = _by_type
    published: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    done: Callable[[], Mapping[str, str]] = _nothing_done
    record: Callable[[str, str], None] = _not_recorded


@dataclass(frozen=True)
class Arguments:
    """The arguments of a component whose references its executor fills in; see `FilledInByExecutor`.

    ``models`` describe those that are settings.
    """

    component: str
    symbolic: Mapping[str, Any]
    values: Values
    models: Mapping[str, type[BaseModel]]

    @classmethod
    def of(
        cls,
        component: str,
        properties: Mapping[str, Any],
        values: Values,
        models: Mapping[str, type[BaseModel]],
        plain: tuple[str, ...] = (),
    ) -> Arguments:
        """Takes those of a component's execution properties that are given; ``plain`` have no model."""
        given = {name: json.loads(properties[name]) for name in (*models, *plain) if properties.get(name)}
        found = {name: value for name, value in given.items() if value is not None}
        return cls(component, found, values, models)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return secrets_of(
            (
                self.symbolic[name][info.alias or key]
                for name, model in self.models.items()
                for key, info in model.model_fields.items()
                if any(isinstance(marker, (Secret, WebAddress)) for marker in info.metadata)
                and (info.alias or key) in self.symbolic.get(name, ())
            ),
            os.environ,
        )

    def value(self, name: str) -> Any:
        """Returns an argument with its references filled in. Raises Failure."""
        return resolve(self.symbolic[name], self.values, f"{self.component}.{name}")

    def settings(self, name: str) -> Any:
        """Returns an argument as its model has it. Raises Failure, which does not show a value."""
        try:
            return self.models[name].model_validate(self.value(name))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join((name, *(str(each) for each in first["loc"])))
            raise Failure(f"{self.component}'s `{where}` cannot be used: {first['msg']}.") from None

    def hidden(self, text: str) -> str:
        """Returns a text without secrets."""
        return hidden(text, self.secrets)
