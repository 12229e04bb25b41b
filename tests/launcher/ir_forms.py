"""A program: an IR in every form that protobuf has, and what the launcher's import makes of each.

python ir_forms.py FOLDER: reads FOLDER/ir.json, writes the forms beside it, and prints file → answer as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from google.protobuf import json_format, text_format
from tfx.dsl.compiler import compiler  # noqa: F401 - registers the messages that an IR may hold
from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.importing.program import main

FILES = (
    *("camel.json", "text.pbtxt", "binary.pb"),
    *("cut.pb", "garbage.pb", "cut.pbtxt", "misspelt.json", "other.json"),
)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    message = json_format.Parse((folder / "ir.json").read_text(encoding="utf-8"), pipeline_pb2.Pipeline())
    whole = message.SerializeToString()
    camel = json_format.MessageToJson(message)
    (folder / "camel.json").write_text(camel, encoding="utf-8")
    (folder / "text.pbtxt").write_text(text_format.MessageToString(message), encoding="utf-8")
    (folder / "binary.pb").write_bytes(whole)
    (folder / "cut.pb").write_bytes(whole[: len(whole) // 2])
    (folder / "garbage.pb").write_bytes(bytes(range(256)) * 8)
    (folder / "cut.pbtxt").write_text(text_format.MessageToString(message)[:-20], encoding="utf-8")
    (folder / "misspelt.json").write_text(camel.replace("nodeInfo", "nodeInfos"), encoding="utf-8")
    (folder / "other.json").write_text('{"pipelineInfo": {}, "nodes": []}', encoding="utf-8")
    answers = {}
    for name in FILES:
        request, answer = folder / f"{name}.request", folder / f"{name}.answer"
        request.write_text(json.dumps({"file": str(folder / name), "kind": "ir"}), encoding="utf-8")
        child = os.fork()
        if child == 0:
            sys.argv[1:] = [str(request), str(answer)]
            try:
                main()
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        answers[name] = json.loads(answer.read_text(encoding="utf-8")) if answer.is_file() else None
    print(json.dumps(answers))  # noqa: T201
