"""A program that says whether TensorFlow Serving can serve the SavedModel in a folder: ``examine FOLDER``.

It prints one line of JSON, the verdict. It may be killed by what it loads.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.servable import samples, verdict
from tfxc.backends.launcher.servable.messages import only_messages, tensorflow_folder
from tfxc.backends.launcher.servable.session import Session
from tfxc.backends.launcher.servable.verdict import LoaderError, Verdict

_INIT = "__saved_model_init_op"
"""An init operation is saved as if it were a signature."""
_KILL_ME_FIRST = "1000"


def main() -> int:
    """Prints the verdict on the folder that the command line names."""
    killed_first()
    answer = os.dup(1)
    os.dup2(2, 1)  # operations that print do so to standard output
    with os.fdopen(answer, "w") as stream:
        stream.write(json.dumps(asdict(examine(sys.argv[1]))) + "\n")
        stream.flush()
        # Without TensorFlow's own way out of a process: all is said.
        os._exit(0)


def killed_first() -> None:
    """Where memory is short, this process is to go and not who asks: the model is there a second time."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_KILL_ME_FIRST)


def examine(folder: str) -> Verdict:
    """Loads a SavedModel and calls each of its signatures once with made-up values."""
    tensorflow = tensorflow_folder()
    if tensorflow is None:
        return Verdict(None, "there is no TensorFlow in this environment.")
    try:
        session = Session(tensorflow, folder)
    except OSError:
        return Verdict(None, "this TensorFlow has no library to load it with.")
    except LoaderError as error:
        return verdict.of_loading(_without(folder, error))
    only_messages(tensorflow)
    messages = importlib.import_module("tensorflow.core.protobuf.meta_graph_pb2")
    example = importlib.import_module("tensorflow.core.example.example_pb2").Example
    return _call_all(session, messages.MetaGraphDef.FromString(session.meta_graph), example, folder)


def _call_all(session: Session, meta_graph: Any, example: type[Any], folder: str) -> Verdict:
    """Calls each signature: one that surely fails decides, then one that is not known."""
    signatures = {name: meta_graph.signature_def[name] for name in sorted(meta_graph.signature_def)}
    signatures.pop(_INIT, None)
    if not signatures:
        return Verdict(False, "it has no signature that could be called: save it with `signatures=`.")
    verdicts = []
    for name, signature in signatures.items():
        feeds = samples.feeds_of(meta_graph, signature, example)
        if feeds is None:
            continue
        try:
            values = [(session.port(feed.tensor), session.filled(feed)) for feed in feeds]
            session.run(values, [session.port(tensor) for tensor in samples.fetches_of(signature)])
        except LoaderError as error:
            has_variables = Path(folder, verdict.INDEX).exists()
            verdicts.append(verdict.of_calling(name, _without(folder, error), has_variables))
        else:
            verdicts.append(Verdict(True))
    if not verdicts:
        return Verdict(None, "its signatures take what tfxc cannot make up.")
    order = {False: 0, None: 1, True: 2}
    return min(verdicts, key=lambda each: order[each.servable])


def _without(folder: str, error: LoaderError) -> LoaderError:
    """Returns an error without the place of the model, which is another one on each machine."""
    text = error.text.replace(folder.rstrip("/") + "/", "").replace(folder.rstrip("/"), "the model")
    return LoaderError(error.code, text)
