"""The models that serving is measured with, and how fast they are without a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).parents[2]
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

DENSE = """
import json, sys, tensorflow as tf
widths = json.loads(sys.argv[2])
module = tf.Module()
module.layers = [
    tf.Variable(tf.random.normal([one, other]) / one**0.5) for one, other in zip(widths, widths[1:])
]
def serve(x):
    for layer in module.layers:
        x = tf.nn.relu(x @ layer)
    return {"y": x[:, :4]}
spec = [tf.TensorSpec([None, widths[0]], tf.float32, name="x")]
tf.saved_model.save(module, sys.argv[1], signatures=tf.function(serve, input_signature=spec))
"""

WIDTHS = {"deep": [1024] * 5, "wide": [16, 4096, 4096, 4096, 4]}
"""The numbers between the dense layers of the models that are made here."""


BARE = """
import json, sys, time
from pathlib import Path
from tfxc.backends.launcher.servable.samples import feeds_of
from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.messages import Example
from tfxc.backends.serving.server.model import Model
model, row = Model(Path(sys.argv[1])), json.loads(sys.argv[2])
signature = model.signatures["serving_default"]
((alias, info),) = signature.inputs.items()
from tfxc.backends.serving.server.rest.values import tensor_of
found = {}
for rows in (1, 32):
    feeds = {info.name: tensor_of([row] * rows, info.dtype)}
    fetches = [each.name for each in signature.outputs.values()]
    for _ in range(20): model.run(feeds, fetches)
    began, calls = time.perf_counter(), 0
    while time.perf_counter() < began + float(sys.argv[3]):
        model.run(feeds, fetches); calls += 1
    found[rows] = calls * rows / (time.perf_counter() - began)
print(json.dumps(found))
"""


def make_dense(name: str, folder: Path) -> list[float]:
    """Saves `deep` or `wide`; returns a row for it."""
    widths = WIDTHS[name]
    command = [sys.executable, "-c", DENSE, str(folder), json.dumps(widths)]
    subprocess.run(command, check=True, capture_output=True, env=QUIET)
    return [0.5] * widths[0]


def newest(spec: str) -> Optional[Path]:
    versions = [each for each in (ROOT / "specs" / spec / "serving").glob("*") if each.name.isdigit()]
    return max(versions, key=lambda each: int(each.name), default=None)


def example_of(folder: Path) -> dict[str, str]:
    """Returns an example with all that a model parses, in base64."""
    from tfxc.backends.launcher.servable.samples import feeds_of
    from tfxc.backends.serving.server.messages import Example
    from tfxc.backends.serving.server.model import Model

    model = Model(folder)
    feeds = feeds_of(model.meta_graph, model.signatures["serving_default"].message, Example)
    assert feeds
    return {"b64": b64encode(feeds[0].content).decode()}


def bare_call(folder: Path, row: Any, seconds: float) -> dict[str, float]:
    """Returns the rows a second of the session call without a server, by the rows of a call."""
    command = [sys.executable, "-c", BARE, str(folder), json.dumps(row), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=QUIET)
    return dict(json.loads(done.stdout))
