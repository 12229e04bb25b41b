"""The model behind BentoML, for ``bentoml serve bentoml_peer:Peer``."""

from __future__ import annotations

import os
from typing import Any

import bentoml


@bentoml.service(workers=1, traffic={"timeout": 60})
class Peer:
    """The model."""

    def __init__(self) -> None:
        from model import SavedModel

        self._model = SavedModel(os.environ["SAVED_MODEL"])

    @bentoml.api
    def predict(self, instances: list[Any]) -> dict[str, Any]:
        return self._model.answer(instances)
