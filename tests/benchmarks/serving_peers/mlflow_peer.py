"""Saves a model for ``mlflow models serve``: ``mlflow_peer.py SAVED_MODEL FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mlflow.pyfunc

HERE = Path(__file__).parent


class Wrapped(mlflow.pyfunc.PythonModel):
    """The model as a Python function."""

    def load_context(self, context: Any) -> None:
        from model import SavedModel

        self._model = SavedModel(context.artifacts["model"])

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return self._model.answer(list(model_input))


if __name__ == "__main__":
    mlflow.pyfunc.save_model(
        sys.argv[2],
        python_model=Wrapped(),
        artifacts={"model": sys.argv[1]},
        code_paths=[str(HERE / "model.py")],
        pip_requirements=[],
    )
