"""A program that loads a SavedModel as TensorFlow Serving does and answers requests: ``answer FOLDER FILE``.

It prints a line of JSON when the model is loaded, and one when all requests of the file are answered: an
empty mapping, or in ``error`` why not. The file has a request a line, as `Request.to_json` writes it. The
program may be killed by what it loads.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from tfxc.backends.launcher.servable.examine import killed_first
from tfxc.backends.launcher.servable.messages import only_messages, tensorflow_folder
from tfxc.backends.launcher.servable.requests import Request
from tfxc.backends.launcher.servable.samples import fetches_of
from tfxc.backends.launcher.servable.session import Session
from tfxc.backends.launcher.servable.verdict import INDEX, LoaderError, of_calling, of_loading, sentence


class UnansweredError(Exception):
    """Why a model is not loaded, or a request not answered: a sentence."""


def main() -> int:
    """Loads the model in the folder and answers the requests that the command line names."""
    killed_first()
    answer = os.dup(1)
    os.dup2(2, 1)  # operations that print do so to standard output
    with os.fdopen(answer, "w") as stream:
        try:
            folder = sys.argv[1]
            session, signatures = load(folder)
            _say(stream, {})
            for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines():
                answer_request(session, signatures, Request.from_json(line), folder)
            _say(stream, {})
        except UnansweredError as why:
            _say(stream, {"error": str(why)})
        # Without TensorFlow's own way out of a process: all is said.
        os._exit(0)


def load(folder: str) -> tuple[Session, Any]:
    """Returns a loaded model and its signatures by name. Raises UnansweredError."""
    tensorflow = tensorflow_folder()
    if tensorflow is None:
        raise UnansweredError("there is no TensorFlow in this environment.")
    try:
        session = Session(tensorflow, folder)
    except OSError:
        raise UnansweredError("this TensorFlow has no library to load it with.") from None
    except LoaderError as error:
        raise UnansweredError(of_loading(error).reason) from None
    only_messages(tensorflow)
    messages = importlib.import_module("tensorflow.core.protobuf.meta_graph_pb2")
    return session, messages.MetaGraphDef.FromString(session.meta_graph).signature_def


def answer_request(session: Session, signatures: Any, request: Request, folder: str) -> None:
    """Computes all outputs of a signature. Raises UnansweredError."""
    if request.signature not in signatures:
        raise UnansweredError(f"it has no signature `{request.signature}`.")
    signature = signatures[request.signature]
    inputs = signature.inputs
    names = list(inputs) if request.only_input else []
    tensors = {(names[0] if request.only_input else name): each for name, each in request.inputs.items()}
    if set(tensors) != set(inputs):
        wanted, given = ", ".join(sorted(inputs)), ", ".join(sorted(tensors))
        raise UnansweredError(f"its signature `{request.signature}` takes {wanted}, not {given}.")
    try:
        feeds = [(session.port(inputs[name].name), tensor) for name, tensor in tensors.items()]
        session.run(feeds, [session.port(tensor) for tensor in fetches_of(signature)])
    except LoaderError as error:
        known = of_calling(request.signature, error, Path(folder, INDEX).exists())
        told = f"a call of its signature `{request.signature}` fails: {sentence(error.text)}"
        raise UnansweredError(known.reason if known.servable is False else told) from None


def _say(stream: TextIO, content: dict[str, str]) -> None:
    stream.write(json.dumps(content) + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
