"""The JSON Schema for editors: up to date, true to the models, and refusing what they refuse."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tfxc.compiler.models.json_schema import schema_text, spec_json_schema
from tfxc.schemas.components import component_types

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/*/pipeline.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(spec_json_schema())


NAMED = ("$defs", "properties")
INNER = ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else")
SEVERAL = ("allOf", "anyOf", "oneOf")


def alone(schema: Any, found: dict[str, Any]) -> Any:
    """Puts a schema and all in it into ``found``, each once and without those in it, which are ``True``.

    A schema is valid if and only if all of these are. Returns what stands for it in the one around it.
    """
    if not isinstance(schema, dict):
        return schema
    own = dict(schema)
    for key, value in schema.items():
        if key in ("title", "description") and isinstance(value, str):
            own[key] = ""
        elif key in NAMED and isinstance(value, dict):
            inner = [alone(each, found) for each in value.values()]
            own[key] = {repr(each): each for each in inner}
        elif key in SEVERAL and isinstance(value, list):
            inner = [alone(each, found) for each in value]
            own[key] = list({repr(each): each for each in inner}.values())
        elif key in INNER:
            own[key] = alone(value, found)
    found[json.dumps(own, sort_keys=True)] = own
    return True


def test_it_is_a_schema() -> None:
    found: dict[str, Any] = {}
    alone(spec_json_schema(), found)
    for schema in found.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    "wrong",
    [{"type": "int"}, {"properties": []}, {"anyOf": []}, {"anyOf": [3]}, {"title": 1}, {"items": "a"}],
)
def test_what_is_wrong_in_a_schema_is_noticed(wrong: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    alone({"$defs": {"a": {"anyOf": [{"properties": {"b": {"items": wrong}}}, {}]}}}, found)
    assert not all(map(Draft202012Validator(Draft202012Validator.META_SCHEMA).is_valid, found.values()))


def spec_of(**components: Any) -> dict[str, Any]:
    return {"version": 1, "name": "example", "components": components}


TRAINER: dict[str, Any] = {"type": "Trainer", "examples": "gen.examples", "module_file": "model.py"}


def test_the_committed_file_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "tfxc.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "write it anew: tfxc schema > docs/tfxc.schema.json"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_the_example_specs_are_valid(path: Path, validator: Draft202012Validator) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    # PyYAML makes dates of what is text in the YAML of today, as editors and tfxc read it.
    document = json.loads(json.dumps(document, default=str))
    assert [error.message for error in validator.iter_errors(document)] == []


GOOD: dict[str, Any] = {
    "smallest": spec_of(gen={"type": "CsvExampleGen", "input_base": "data"}),
    "reference for an integer": spec_of(
        trainer={**TRAINER, "train_args": {"num_steps": "{{ parameters.steps }}"}}
    ),
    "reference for a boolean": spec_of(
        schema={"type": "SchemaGen", "statistics": "a.b", "infer_feature_shape": "{{ parameters.shape }}"}
    ),
    "reference for an enum": spec_of(
        pusher={
            "type": "Pusher",
            "model": "a.b",
            "push_destination": {"filesystem": {"base_directory": "x", "versioning": "{{ parameters.v }}"}},
        }
    ),
    "camelCase and enum by number": spec_of(
        pusher={
            "type": "Pusher",
            "model": "a.b",
            "push_destination": {"filesystem": {"baseDirectory": "serving", "versioning": 1}},
        }
    ),
    "null is unset": spec_of(trainer={**TRAINER, "run_fn": None, "train_args": None, "execution": None}),
    "several channels": spec_of(trainer={**TRAINER, "examples": ["a.examples", "b.examples"]}),
    "component of one's own": spec_of(
        scorer={"type": "steps.py:Scorer", "model": "a.b", "anything": [1], "execution": {"retries": 1}}
    ),
    "resolver": spec_of(
        latest={
            "type": "Resolver",
            "strategy_class": "LatestArtifactStrategy",
            "model": {"artifact_type": "Model"},
            "examples": "a.examples",
        }
    ),
    "metric arguments as mapping or text": spec_of(
        evaluator={
            "type": "Evaluator",
            "examples": "a.b",
            "eval_config": {
                "metrics_specs": [
                    {
                        "metrics": [
                            {"class_name": "AUC", "config": {"num_thresholds": 10}},
                            {"class_name": "AUC", "config": '{"num_thresholds": 10}'},
                        ],
                        "thresholds": {"auc": {"value_threshold": {"lower_bound": "-Infinity"}}},
                    }
                ]
            },
        }
    ),
    "environment as a patch": {
        **spec_of(trainer=TRAINER),
        "environments": {
            "prod": {
                "pipeline_root": "gs://bucket/root",
                "parameters": {"steps": {"default": 20}, "other": None},
                "components": {"trainer": {"execution": {"retries": 3}}, "gen": None},
                "metadata": {"sqlite": None, "grpc": {"host": "metadata", "port": 8080}},
            }
        },
    },
    "extending another spec": {"extends": "base.yaml", "components": {"trainer": {"module_file": "b.py"}}},
    "settings of a backend": {
        **spec_of(trainer=TRAINER),
        "backends": {"airflow": {"schedule": "@daily", "start_date": "2026-01-01"}},
    },
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD.keys())
def test_good_documents_are_valid(document: Any, validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(document)] == []


BAD: dict[str, Any] = {
    "no components": {"version": 1, "name": "example"},
    "unknown key": {**spec_of(trainer=TRAINER), "pipeline": "x"},
    "bad name": {**spec_of(trainer=TRAINER), "name": "Not_Good"},
    "bad component id": spec_of(Trainer=TRAINER),
    "unknown component type": spec_of(trainer={**TRAINER, "type": "Trainr"}),
    "no type": spec_of(trainer={"examples": "a.b"}),
    "unknown argument": spec_of(trainer={**TRAINER, "epochs": 3}),
    "missing argument": spec_of(trainer={"type": "Trainer", "module_file": "model.py"}),
    "not a channel": spec_of(trainer={**TRAINER, "examples": "examples"}),
    "text for a number": spec_of(trainer={**TRAINER, "train_args": {"num_steps": "ten"}}),
    "negative steps": spec_of(trainer={**TRAINER, "train_args": {"num_steps": -1}}),
    "unknown field": spec_of(trainer={**TRAINER, "train_args": {"steps": 1}}),
    "both of a group": spec_of(trainer={**TRAINER, "run_fn": "model.run_fn"}),
    "none of a group": spec_of(trainer={"type": "Trainer", "examples": "a.b"}),
    "two arms of a oneof": spec_of(
        gen={
            "type": "CsvExampleGen",
            "input_base": "data",
            "range_config": {"static_range": {}, "rolling_range": {"num_spans": 1}},
        }
    ),
    "two metadata stores": {
        **spec_of(trainer=TRAINER),
        "metadata": {"sqlite": {"path": "x"}, "grpc": {"host": "h", "port": 1}},
    },
    "unknown parameter type": {**spec_of(trainer=TRAINER), "parameters": {"x": {"type": "integer"}}},
    "unknown key in an environment": {
        **spec_of(trainer=TRAINER),
        "environments": {"prod": {"components": {"trainer": {"type": "Trainer", "epochs": 3}}}},
    },
    "unknown setting of a backend": {
        **spec_of(trainer=TRAINER),
        "backends": {"airflow": {"schedul": "@daily"}},
    },
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD.keys())
def test_bad_documents_are_not(document: Any, validator: Draft202012Validator) -> None:
    assert not validator.is_valid(document)


def test_every_key_has_a_description() -> None:
    def undescribed(name: str, schema: dict[str, Any]) -> list[str]:
        return [
            f"{name}.{key}"
            for key, value in schema.get("properties", {}).items()
            if not value.get("description") and "const" not in value
        ]

    schema = copy.deepcopy(spec_json_schema())
    own = {
        name: definition
        for name, definition in schema["$defs"].items()
        if not name.endswith("-patch") and not name.startswith("backends-")
    }
    assert [each for name, definition in own.items() for each in undescribed(name, definition)] == []


def test_every_definition_has_a_title_without_internal_names() -> None:
    definitions = spec_json_schema()["$defs"]
    assert [name for name, definition in definitions.items() if not definition.get("title")] == []
    titles = {definition["title"] for definition in definitions.values()}
    assert [each for each in titles if not re.fullmatch(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*", each)] == []
    assert {"Trainer", "TrainArgs", "airflow settings", "pipeline spec", "component"} <= titles


def test_a_new_component_of_each_type_is_proposed_with_its_required_keys(
    validator: Draft202012Validator,
) -> None:
    spec = next(each for name, each in spec_json_schema()["$defs"].items() if name.endswith("spec-Spec"))
    snippets = {each["label"]: each["body"] for each in spec["properties"]["components"]["defaultSnippets"]}
    assert list(snippets) == [f"new {name}" for name in component_types()]
    assert snippets["new Trainer"] == {
        "${1:trainer}": {"type": "Trainer", "examples": "$2", "module_file": "$3"}
    }
    # Whatever is filled in, no required key is missing.
    for body in snippets.values():
        (component,) = body.values()
        errors = validator.iter_errors(spec_of(new=component))
        assert [each.message for each in errors if each.validator == "required"] == []
