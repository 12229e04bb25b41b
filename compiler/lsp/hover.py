"""What is told of what a cursor is on, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfxc.compiler.language.reference_terms import RUN_FIELDS
from tfxc.compiler.lsp.names import Occurrence
from tfxc.compiler.lsp.place import component_type, place_at
from tfxc.compiler.lsp.vocabulary import expected_at
from tfxc.compiler.models.json_schema_words import first_paragraph
from tfxc.compiler.models.markers import input_fields
from tfxc.compiler.models.value_words import type_words
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.components import find_component_model
from tfxc.schemas.diagnostic_codes import CODES, explanation
from tfxc.schemas.diagnostics import Diagnostic


def hover_of_name(name: Occurrence, pipeline: Pipeline) -> str | None:
    """Returns what is known of a component, its output or a parameter."""
    if name.kind == "parameter":
        parameter = pipeline.parameters.get(name.name)
        if parameter is None:
            return None
        default = "no default: every run gives a value" if parameter.default is None else parameter.default
        head = f"**parameter** `{name.name}`: {parameter.type}, default `{default}`"
        return "\n\n".join(filter(None, (head, parameter.description)))
    node = pipeline.nodes.get(name.name)
    if node is None:
        return None
    type_name = str(node.values.get("type", ""))
    lines = [f"**{name.name}**: `{type_name}`"]
    lines += [str(node.values["description"])] if isinstance(node.values.get("description"), str) else []
    model = find_component_model(type_name)
    lines += [first_paragraph(model)] if model is not None else []
    outputs = node.interface.outputs if node.interface is not None else {}
    told = {name.output: outputs[name.output]} if name.output in outputs and name.output else outputs
    for output, artifact_type in told.items():
        described = model.outputs[output].description if model and output in model.outputs else ""
        lines.append(
            f"- `{output}`: {artifact_type or 'of a type that is not known'}. {described}".rstrip(". ")
        )
    return "\n\n".join(lines)


def hover_of_word(lines: Sequence[str], line: int, column: int) -> str | None:
    """Returns what the language says of a key, a component's type, an artifact type or a reference."""
    text = lines[line] if line < len(lines) else ""
    start, end = _word(text, column)
    word = text[start:end]
    if not word:
        return None
    if word.startswith("run.") and word[4:] in RUN_FIELDS:
        return f"**{word}**: of the run, such as `{RUN_FIELDS[word[4:]]}`"
    if word.startswith("env."):
        return f"**{word}**: an environment variable, read where the node runs; never in compiled output"
    place = place_at(lines, line, start)
    type_name = component_type(lines, place)
    follows = text[end:].lstrip("\"'").startswith(":")
    if follows and not place.is_item:
        path = place.path if place.key is None else (*place.path, place.key)
        return _key(path, word, type_name)
    model = find_component_model(word)
    if model is not None and place.key == "type":
        inputs = ", ".join(f"`{key}` ({each.artifact_type})" for key, each in input_fields(model).items())
        outputs = ", ".join(f"`{key}` ({each.artifact_type})" for key, each in model.outputs.items())
        told = [f"**{word}**: {' '.join((model.__doc__ or '').split())}"]
        told += [f"Takes {inputs}"] if inputs else []
        told += [f"Gives {outputs}"] if outputs else []
        return "\n\n".join(told)
    if word in ARTIFACT_TYPES:
        return f"**{word}**: {ARTIFACT_TYPES[word].description}"
    return None


def hover_of_diagnostics(found: Iterable[Diagnostic]) -> str | None:
    """Returns the pages of the codes of diagnostics."""
    codes = dict.fromkeys(each.code for each in found if each.code in CODES)
    return "\n\n---\n\n".join(explanation(code).strip() for code in codes) or None


def _key(path: tuple[str | int, ...], word: str, type_name: str | None) -> str | None:
    expected = expected_at((*path, word), type_name)
    info = expected.info
    if info is None:
        return None
    model = find_component_model(type_name or "")
    channel = input_fields(model).get(word) if model is not None and len(path) == 2 else None
    kind = f"channel of {channel.artifact_type}" if channel is not None else type_words(expected.value)
    need = "required" if info.is_required() else "optional"
    default = info.default
    shown = f", default `{default}`" if isinstance(default, (bool, int, float, str)) and default != "" else ""
    return "\n\n".join(filter(None, (f"**{word}**: {kind}, {need}{shown}", info.description)))


def _word(text: str, column: int) -> tuple[int, int]:
    start = end = min(column, len(text))
    while start and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_.-"):
        end += 1
    return start, end
