"""The model behind KServe's server: ``kserve_peer.py SAVED_MODEL --http_port PORT``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import kserve
from model import SavedModel


class Peer(kserve.Model):
    """The model."""

    def __init__(self, folder: str) -> None:
        super().__init__("model")
        self._model = SavedModel(folder)
        self.ready = True

    def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        return {"predictions": [self._model.answer(payload["instances"])]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[kserve.model_server.parser])
    arguments, _ = parser.parse_known_args(sys.argv[2:])
    kserve.ModelServer(http_port=arguments.http_port, enable_grpc=False, workers=1).start([Peer(sys.argv[1])])
