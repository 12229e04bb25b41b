"""The words of a container's command, with Kubeflow's placeholders → placeholder expressions.

Mirrors the placeholders of kfp's ``dsl/placeholders.py`` and of TFX's ``kubeflow/v2/step_builder.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.importing.notes import NotCarriedError

Json = Any

_PLACEHOLDER = re.compile(r"\{\{\$(.*?)\}\}")
_READS = re.compile(r"\.inputs\.(parameters|artifacts)\['([^']+)'\](?:\.(uri|path|value))?")
_WRITES = re.compile(r"\.outputs\.(parameters|artifacts)\['([^']+)'\]\.(uri|path|output_file)")
_OPERATORS = {"uri": "artifact_uri_op", "path": "artifact_uri_op", "value": "artifact_value_op"}
"""A spec knows no path beside a URI: that of an artifact below a folder is one."""
_READS_A_PATH = re.compile(r"\.(path|output_file)\}\}|\{\{\$\}\}")


@dataclass(frozen=True)
class Interface:
    """What a command can read and write: the parameters that have a value, each with it if it is known, and
    the whole of the task's input as an expression (``{{$}}``)."""

    given: frozenset[str]
    whole: Json


def words(texts: Sequence[str], interface: Interface) -> list[Json]:
    """Returns the words of a command. Raises NotCarriedError for a placeholder that a spec does not have."""
    return [word for text in texts for word in _words(text, interface)]


def whole_input(
    constants: Mapping[str, Json], texts: Sequence[str], numbers: Sequence[str], component: Json
) -> Json:
    """Returns the task's input as kfp's executor of Python functions reads it, an ``ExecutorInput`` as JSON.

    ``constants`` are the parameters whose values are known; ``texts`` are other parameters that are texts,
    and ``numbers`` those whose values are JSON as they are.
    """
    parameters: dict[str, Json] = dict(constants)
    parameters |= {name: _Raw(_parameter(name), quoted=True) for name in texts}
    parameters |= {name: _Raw(_parameter(name), quoted=False) for name in numbers}
    given = component.get("inputDefinitions", {}).get("artifacts", {})
    made = component.get("outputDefinitions", {})
    document = {
        "inputs": {
            "parameterValues": parameters,
            "artifacts": {name: _listed("INPUT_ARTIFACT", name, kind) for name, kind in given.items()},
        },
        "outputs": {
            "parameters": {
                name: {"outputFile": _Raw(_artifact("OUTPUT_ARTIFACT", name, "path"), quoted=True)}
                for name in made.get("parameters", {})
            },
            "artifacts": {
                name: _listed("OUTPUT_ARTIFACT", name, kind)
                for name, kind in made.get("artifacts", {}).items()
            },
            "outputFile": _OUTPUT_FILE,
        },
    }
    return _json_with_holes(document)


_OUTPUT_FILE = "/tmp/kfp_outputs/output_metadata.json"  # noqa: S108 - kfp's own, in the container


@dataclass(frozen=True)
class _Raw:
    """An expression in JSON: in quotes, or as it is."""

    expression: Json
    quoted: bool


def _listed(kind: str, name: str, definition: Json) -> Json:
    schema = definition.get("artifactType", {})
    type_ = {key: schema[key] for key in ("schemaTitle", "schemaVersion") if key in schema}
    uri = _Raw(_artifact(kind, name, "path"), quoted=True)
    return {"artifacts": [{"name": name, "type": type_, "uri": uri, "metadata": {}}]}


def _json_with_holes(document: Json) -> Json:
    """Returns JSON text as an expression, its holes filled in when the node runs."""
    holes: list[_Raw] = []

    def marked(value: Json) -> Json:
        if isinstance(value, _Raw):
            holes.append(value)
            return f"\ue000{len(holes) - 1}\ue001"
        if isinstance(value, dict):
            return {key: marked(inner) for key, inner in value.items()}
        return [marked(inner) for inner in value] if isinstance(value, list) else value

    text = json.dumps(marked(document), ensure_ascii=False, separators=(",", ":"))
    parts: list[Json] = []
    for index, piece in enumerate(re.split('("?\ue000\\d+\ue001"?)', text)):
        if index % 2:
            hole = holes[int(piece.strip('"\ue000\ue001'))]
            quote = [{"value": {"string_value": '"'}}] if hole.quoted else []
            parts += [*quote, hole.expression, *quote]
        elif piece:
            parts.append({"value": {"string_value": piece}})
    return _joined(_merged(parts))


def _merged(parts: list[Json]) -> list[Json]:
    """Returns parts with the literal texts that follow one another as one."""
    found: list[Json] = []
    for part in parts:
        if found and "value" in part and "value" in found[-1]:
            text = found[-1]["value"]["string_value"] + part["value"]["string_value"]
            found[-1] = {"value": {"string_value": text}}
        else:
            found.append(part)
    return found


def _parameter(name: str) -> Json:
    return {"placeholder": {"type": "EXEC_PROPERTY", "key": name}}


def reads_paths(texts: Sequence[str]) -> bool:
    """Whether a command is given the paths of files."""
    return any(_READS_A_PATH.search(text) for text in texts)


def _words(text: str, interface: Interface) -> list[Json]:
    structure = _structure(text)
    if structure is not None and "IfPresent" in structure:
        chosen = structure["IfPresent"]
        which = chosen.get("Then") if chosen.get("InputName") in interface.given else chosen.get("Else")
        listed = which if isinstance(which, list) else [which] if which is not None else []
        return [word for each in listed for word in _words(_text(each), interface)]
    if structure is not None:
        parts = [part for each in structure["Concat"] for part in _words(_text(each), interface)]
        return [_joined(parts)]
    return [_word(text, interface)]


def _structure(text: str) -> Json | None:
    """Returns a placeholder that is written as JSON: ``{"IfPresent": …}`` or ``{"Concat": …}``."""
    if not text.startswith(('{"IfPresent"', '{"Concat"')):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _word(text: str, interface: Interface) -> Json:
    parts: list[Json] = []
    for index, piece in enumerate(_PLACEHOLDER.split(text)):
        if index % 2:
            parts.append(_placeholder(piece) if piece else interface.whole)
        elif piece:
            parts.append({"value": {"string_value": piece}})
    return _joined(parts)


def _joined(parts: list[Json]) -> Json:
    if len(parts) == 1:
        return parts[0]
    return {"operator": {"concat_op": {"expressions": parts}}} if parts else {"value": {"string_value": ""}}


def _placeholder(path: str) -> Json:
    read = _READS.fullmatch(path)
    if read is not None and (read[1] == "parameters") == (read[3] is None):
        if read[1] == "parameters":
            return _parameter(read[2])
        return _artifact("INPUT_ARTIFACT", read[2], read[3])
    written = _WRITES.fullmatch(path)
    if written is not None and (written[1] == "parameters") == (written[3] == "output_file"):
        return _artifact("OUTPUT_ARTIFACT", written[2], "path" if written[3] == "output_file" else written[3])
    raise NotCarriedError(f"its command has the placeholder `{{{{${path}}}}}`, which a spec does not have")


def _artifact(kind: str, name: str, field: str) -> Json:
    index = {"operator": {"index_op": {"expression": {"placeholder": {"type": kind, "key": name}}}}}
    return {"operator": {_OPERATORS[field]: {"expression": index}}}
