"""A request keeps the version that it began with, though that is being unloaded meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.serving.server_modules import leaving_no_messages

with leaving_no_messages():
    from tfxc.backends.launcher.servable.session import Tensor
    from tfxc.backends.serving.server.dtypes import FLOAT
    from tfxc.backends.serving.server.metrics import Metrics
    from tfxc.backends.serving.server.model import Signature, SignatureTensor
    from tfxc.backends.serving.server.models.config import ModelConfig, VersionPolicy
    from tfxc.backends.serving.server.models.manager import Lease, ModelManager, ModelSpec, Polling
    from tfxc.backends.serving.server.models.version import State
    from tfxc.backends.serving.server.predict import Call
    from tfxc.backends.serving.server.rest.handler import answer
    from tfxc.backends.serving.server.rest.paths import Target
    from tfxc.backends.serving.server.service import Service

FLOATS = SignatureTensor("x:0", FLOAT, (-1,))
SIGNATURE = Signature("serving_default", "", {"x": FLOATS}, {"y": FLOATS}, None)


class Going:
    """A model that is being replaced as soon as a request has looked at its signatures."""

    manager: ModelManager

    @property
    def signatures(self) -> Mapping[str, Signature]:
        (versions,) = self.manager._versions.values()
        for version in versions.values():
            version.state = State.UNLOADING
        return {SIGNATURE.name: SIGNATURE}


class Same:
    """A runner that gives back what it is given."""

    async def run(self, lease: Lease, call: Call) -> list[Tensor]:
        return list(call.feeds.values())

    def close(self) -> None:
        pass


def test_a_version_that_is_unloaded_while_a_request_is_read_answers_it(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    model: Any = Going()
    manager = model.manager = ModelManager(lambda config, version, folder: model, Polling(seconds=0))
    manager.configure([ModelConfig("m", tmp_path, VersionPolicy(1, ()), {})])
    service = Service(manager, Same(), Metrics())
    asked = answer(service, Target(ModelSpec("m"), "predict"), b'{"instances": [1.5]}')
    assert json.loads(asyncio.run(asked)) == {"predictions": [1.5]}
