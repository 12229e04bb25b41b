"""Deployments of specs that are written for a test, and the schemas of what serves them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tfxc.compiler.cli import run

SPEC = """\
version: 1
name: penguin
parameters:
  data: {type: path, default: data}
components:
  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}"}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  trainer:
    type: Trainer
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: penguin.py
    train_args: {num_steps: 10}
    eval_args: {num_steps: 4}
  pusher:
    type: Pusher
    model: trainer.model
    push_destination: {filesystem: {base_directory: "BASE"}}
"""
DATA = """\
species,island,bill_length_mm,flipper_length_mm,sex
Adelie,Torgersen,,181,male
Gentoo,Biscoe,46.1,211,female
"""

Deploy = Callable[..., Mapping[str, str]]


@pytest.fixture
def write_spec(tmp_path: Path) -> Callable[..., Path]:
    """Returns a function that writes a spec with its data and module, and returns its file."""

    def write(base: str = "gs://bucket/penguin/serving", serving: str = "", text: str = SPEC) -> Path:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "penguins.csv").write_text(DATA, encoding="utf-8")
        (tmp_path / "penguin.py").write_text("def run_fn(fn_args):\n    pass\n", encoding="utf-8")
        spec = tmp_path / "pipeline.yaml"
        spec.write_text(text.replace("BASE", base) + serving, encoding="utf-8")
        return spec

    return write


@pytest.fixture
def deploy(write_spec: Callable[..., Path], tmp_path: Path) -> Deploy:
    """Returns a function that writes a spec and its bundle, and returns the bundle's texts by name."""

    def deployed(target: str, *options: str, **spec: str) -> Mapping[str, str]:
        output = tmp_path / "build"
        arguments = ["deploy", str(write_spec(**spec)), "--target", target, "-o", str(output), *options]
        assert run(arguments) == 0
        names = [path for path in output.rglob("*") if path.is_file() and path.name != ".tfxc-bundle.json"]
        return {path.relative_to(output).as_posix(): path.read_text(encoding="utf-8") for path in names}

    return deployed


@pytest.fixture(scope="session")
def compose_schema() -> Any:
    """Returns a validator by the schema of the Compose specification."""
    folder = files("check_jsonschema").joinpath("builtin_schemas", "vendor")
    schema = json.loads(folder.joinpath("compose-spec.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


OF_EXAMPLES = {"examples": ("DT_STRING", [-1])}
OUTPUTS = {"probabilities": ("DT_FLOAT", [-1, 3]), "label": ("DT_STRING", [-1, 1])}
RIGHT: dict[str, Any] = {"probabilities": [0.9, 0.05, 0.05], "label": ["Gentoo"]}


def tensors(described: Mapping[str, tuple[str, list[int]]]) -> dict[str, Any]:
    """Returns tensors as TensorFlow Serving's metadata have them."""
    return {
        name: {
            "dtype": dtype,
            "tensor_shape": {
                "dim": [{"size": str(size), "name": ""} for size in shape],
                "unknown_rank": False,
            },
            "name": f"{name}:0",
        }
        for name, (dtype, shape) in described.items()
    }


class Server:
    """A model server whose signature and answer a test sets; ``asked`` are the bodies that came."""

    def __init__(self) -> None:
        self.inputs: Mapping[str, tuple[str, list[int]]] = OF_EXAMPLES
        self.outputs: Mapping[str, tuple[str, list[int]]] = OUTPUTS
        self.answer: tuple[int, Any] = (200, {"predictions": [RIGHT]})
        self.not_yet = 0
        self.asked: list[tuple[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if outer.not_yet > 0:
                    outer.not_yet -= 1
                    self._send(404, {"error": "Servable not found for request: Latest(penguin)"})
                    return
                signature = {"inputs": tensors(outer.inputs), "outputs": tensors(outer.outputs)}
                signatures = {"signature_def": {"serving_default": {**signature, "method_name": ""}}}
                self._send(
                    200, {"model_spec": {"name": "penguin"}, "metadata": {"signature_def": signatures}}
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.path, body))
                self._send(*outer.answer)

            def _send(self, status: int, body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    """Returns a running server."""
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()
