"""What the checks say beside the goldens of each code: nothing about sound specs, and no follow-up noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.checks.shape.findings import validate_model
from tfxc.compiler.source.load import Loaded, load
from tfxc.schemas.diagnostics import Finding

CheckSpec = Callable[..., list[Finding]]
WriteSpec = Callable[..., Loaded]
SPECS = Path(__file__).parents[2] / "specs"
MODEL = {"model.py": "def run_fn(fn_args):\n    pass\n\n\ndef preprocessing_fn(inputs):\n    return inputs\n"}
GEN = "example_gen: {type: CsvExampleGen, input_base: data}\n"
TRAINER = "trainer: {type: Trainer, examples: example_gen.examples, module_file: model.py}\n"


def codes(findings: list[Finding]) -> list[str]:
    return sorted(finding.code for finding in findings)


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*/pipeline.yaml")), ids=lambda path: path.parent.name)
def test_the_examples_are_sound_in_every_environment(spec: Path) -> None:
    loaded = load(spec)
    assert run_checks(loaded) == []
    for environment in loaded.document.get("environments", {}):
        assert run_checks(load(spec, environment)) == []


@pytest.mark.parametrize(
    ("components", "head"),
    [
        # a feature pipeline without a Trainer
        (
            GEN + "statistics: {type: StatisticsGen, examples: example_gen.examples}\n"
            "schema: {type: SchemaGen, statistics: statistics.statistics}\n"
            "transform: {type: Transform, examples: example_gen.examples, schema: schema.schema,"
            " module_file: model.py}\n",
            "",
        ),
        # metrics without thresholds, and nobody who waits for a blessing
        (
            GEN
            + TRAINER
            + "evaluator: {type: Evaluator, examples: example_gen.examples, model: trainer.model,"
            " eval_config: {metrics_specs: [{metrics: [{class_name: AUC}]}]}}\n",
            "",
        ),
        # the latest blessed model is pushed again
        (
            "latest:\n  type: Resolver\n  strategy_class: LatestBlessedModelStrategy\n"
            "  model: {artifact_type: Model}\n  model_blessing: {artifact_type: ModelBlessing}\n"
            "pusher:\n  type: Pusher\n  model: latest.model\n"
            "  push_destination: {filesystem: {base_directory: s}}\n",
            "",
        ),
        # a condition of parameters alone
        (
            GEN + 'a: {type: StatisticsGen, examples: example_gen.examples, when: "{{ parameters.x }}"}\n',
            "parameters: {x: {type: bool, default: true}}\n",
        ),
        # thresholds from parameters without defaults
        (
            GEN
            + TRAINER
            + "evaluator:\n  type: Evaluator\n  examples: example_gen.examples\n  model: trainer.model\n"
            "  eval_config:\n    metrics_specs:\n    - metrics:\n      - class_name: AUC\n"
            '        threshold: {value_threshold: {lower_bound: "{{ parameters.least }}"}}\n'
            "pusher: {type: Pusher, model: trainer.model, model_blessing: evaluator.blessing,"
            ' push_destination: {filesystem: {base_directory: s, versioning: "{{ parameters.v }}"}}}\n',
            "parameters: {least: {type: float}, v: {type: str}}\n",
        ),
        # keys of both styles, wrapped numbers, JSON in text, a regular expression with braces
        (
            "example_gen:\n  type: CsvExampleGen\n  input_base: data\n"
            "  output_config:\n"
            "    splitConfig: {splits: [{name: train, hashBuckets: 2}, {name: eval, hash_buckets: 1}]}\n"
            + TRAINER.replace("py}", "py, custom_config: {json: '{\"a\": {\"b\": {}}}', re: 'x{2}}'}}"),
            "",
        ),
        # splits from somewhere else
        (
            "old: {type: Importer, source_uri: examples, artifact_type: Examples}\n"
            "t:\n  {type: Trainer, examples: old.result, module_file: model.py, train_args: {splits: [x]}}\n",
            "",
        ),
    ],
)  # fmt: skip
def test_sound_specs_have_no_findings(check_spec: CheckSpec, components: str, head: str) -> None:
    assert check_spec(components, MODEL, head) == []


def test_an_unknown_type_hides_nothing_else_and_makes_no_noise(check_spec: CheckSpec) -> None:
    findings = check_spec(
        "example_gen: {type: CsvExampleGn, input_base: data}\n"
        "statistics: {type: StatisticsGen, examples: example_gen.whatever, exclude_splits: [x]}\n"
        "schema: {type: SchemaGen, statistics: statistics.statistcs}\n"
        "again: {type: StatisticsGen, examples: example_gen.x, when: example_gen.y.value == 1, cache: true}\n"
    )
    assert codes(findings) == ["S101", "T201", "T203"]


def test_a_custom_component_that_cannot_be_read_makes_no_noise(check_spec: CheckSpec) -> None:
    findings = check_spec(
        "score: {type: nowhere.py:Score, anything: 5, model: [x]}\n"
        "report: {type: steps.py:Report, text: score.text, when: score.x.custom_properties.y == 1}\n",
        {"steps.py": "from tfx.v1.dsl.components import component\n@component\ndef Report(text: str): ...\n"},
    )
    assert codes(findings) == ["M401"]


def test_the_keys_of_every_component_are_checked_whatever_its_type(check_spec: CheckSpec) -> None:
    findings = check_spec("a: {type: Nothing, execution: {retries: -1}, depends_on: [b], when: '('}\n")
    assert codes(findings) == ["C501", "G602", "S104", "T201"]


def test_a_mistaken_reference_is_reported_once(check_spec: CheckSpec) -> None:
    findings = check_spec(
        'example_gen: {type: CsvExampleGen, input_base: "{{ parameters.nothing }}"}\n'
        "trainer:\n  type: Trainer\n  examples: example_gen.examples\n  module_file: model.py\n"
        '  train_args: {num_steps: "{{ parameters.steps | int }}"}\n'
        '  execution: {retries: "{{ parameters.bad }}"}\n',
        MODEL,
        "parameters: {steps: {type: int, default: 1}, bad: {type: nonsense}}\n",
    )
    assert codes(findings) == ["P301", "P303", "P305", "S106", "W701"]


def test_a_value_error_of_a_parameter_without_default_is_left_to_the_run(check_spec: CheckSpec) -> None:
    components = GEN + "again: {type: CsvExampleGen, input_base: x, output_config: {split_config: {splits:\n"
    components += '  [{name: train, hash_buckets: "{{ parameters.n }}"}]}}}\n'
    assert check_spec(components, None, "parameters: {n: {type: int}}\n") == []
    findings = check_spec(components, None, "parameters: {n: {type: int, default: 0}}\n")
    assert codes(findings) == ["S104"]
    assert findings[0].related[0].path == ("parameters", "n", "default")


def test_literal_braces_where_a_name_belongs_are_a_wrong_name(check_spec: CheckSpec) -> None:
    literal = """'{{ "a" }}'"""
    findings = check_spec(
        GEN + f"a: {{type: {literal}}}\nb: {{type: ''}}\n"
        f"c: {{type: StatisticsGen, examples: {literal}, depends_on: [{literal}]}}\n"
        f"d: {{type: Trainer, examples: example_gen.examples, module_file: {literal}}}\n"
    )
    assert codes(findings) == ["G602", "M401", "T201", "T201", "T206"]


def test_an_artifact_type_of_the_users_own_is_wired_by_its_name(check_spec: CheckSpec) -> None:
    steps = (
        "from tfx.v1.dsl import Artifact\n"
        "from tfx.v1.dsl.components import InputArtifact, OutputArtifact, component\n"
        "class Photo(Artifact):\n    TYPE_NAME = 'Photo'\nclass Scan(Artifact):\n    TYPE_NAME = 'Scan'\n"
        "@component\ndef Take(photo: OutputArtifact[Photo], scan: OutputArtifact[Scan]): ...\n"
        "@component\ndef Show(photo: InputArtifact[Photo]): ...\n"
    )
    sound = "take: {type: steps.py:Take}\nshow: {type: steps.py:Show, photo: take.photo}\n"
    assert check_spec(sound, {"steps.py": steps}) == []
    assert codes(check_spec(sound.replace("take.photo", "take.scan"), {"steps.py": steps})) == ["T204"]


@pytest.mark.parametrize(
    ("when", "given"),
    [
        ("take.photo.value", []),
        ("take.photo.value == 3", []),
        ("not take.photo.value and true", []),
        ("take.photo.properties.width", ["C505"]),
        ("take.photo.uri", ["C505"]),
        ("example_gen.examples.value == 1", ["C503"]),
    ],
)
def test_whether_an_artifact_of_the_users_own_has_a_value_is_theirs_to_know(
    check_spec: CheckSpec, when: str, given: list[str]
) -> None:
    steps = (
        "from tfx.v1.dsl import Artifact\n"
        "from tfx.v1.dsl.components import OutputArtifact, component\n"
        "class Photo(Artifact):\n    TYPE_NAME = 'Photo'\n"
        "@component\ndef Take(photo: OutputArtifact[Photo]): ...\n@component\ndef Show(): ...\n"
    )
    spec = (
        "example_gen: {type: CsvExampleGen, input_base: data}\ntake: {type: steps.py:Take}\n"
        f'show: {{type: steps.py:Show, when: "{when}"}}\n'
    )
    assert [code for code in codes(check_spec(spec, {"steps.py": steps})) if code.startswith("C")] == given


def test_the_sections_of_a_spec_may_be_empty(write_spec: WriteSpec) -> None:
    text = "version: 1\nname: test\nparameters:\nmetadata:\nenvironments:\nbackends:\nbeam_pipeline_args:\n"
    assert (
        run_checks(write_spec(text + "components:\n  example_gen: {type: CsvExampleGen, input_base: x}\n"))
        == []
    )


def test_every_finding_is_found_again(write_spec: WriteSpec) -> None:
    text = (Path(__file__).parents[1] / "diagnostics" / "S103" / "spec.yaml").read_text()
    first = run_checks(write_spec(text, MODEL))
    assert first
    assert first == run_checks(write_spec(text, MODEL))


def test_a_thousand_sound_components_have_no_findings(write_spec: WriteSpec) -> None:
    lines = ["version: 1", "name: big", "components:", "  g: {type: CsvExampleGen, input_base: data}"]
    for index in range(500):
        lines.append(f"  s{index}: {{type: StatisticsGen, examples: g.examples}}")
        lines.append(
            f"  t{index}: {{type: Trainer, examples: g.examples, module_file: model.py, "
            f"train_args: {{num_steps: 5}}, execution: {{retries: 2, timeout: 1h}}, depends_on: [s{index}]}}"
        )
    loaded = write_spec("\n".join(lines) + "\n", MODEL)
    assert run_checks(loaded) == []


def test_hundreds_of_mistakes_are_all_reported(write_spec: WriteSpec) -> None:
    lines = ["version: 1", "name: big", "components:"]
    for index in range(200):
        lines.append(f"  node_{index}: {{type: StatisticsGen, examples: nod_{index}x.examples, exmples: 1}}")
    loaded = write_spec("\n".join(lines) + "\n")
    assert len(run_checks(loaded)) == 400


class Settings(BaseModel, extra="forbid", strict=True):
    """Settings as a backend might have them."""

    image: str = Field(min_length=1, description="The image. It is needed.")
    replicas: int = Field(default=1, ge=1)
    labels: dict[str, str] = {}


def test_validate_model_describes_the_mistakes_of_any_model() -> None:
    path = ("backends", "mine")
    assert validate_model(Settings, {"image": "x"}, path) == []
    findings = validate_model(Settings, {"replica": 0, "replicas": "2", "labels": {"a": 1}}, path)
    assert [(finding.code, finding.path, finding.at_key) for finding in findings] == [
        ("S102", path, True),
        ("S103", (*path, "replicas"), False),
        ("S103", (*path, "labels", "a"), False),
        ("S101", (*path, "replica"), True),
    ]
    assert findings[0].help == ("image: The image.",)
    assert findings[3].help == ("did you mean `replicas`?",)


KNOWN_EARLY = (
    *("strategy_class", "output_key", "module_path", "materialize", "disable_statistics"),
    *("disable_analyzer_cache", "module_file", "run_fn", "artifact_type", "exclude_splits", "splits_config"),
)


@pytest.mark.parametrize("name", KNOWN_EARLY)
def test_a_parameter_of_ones_own_may_be_called_like_one_of_tfx_that_is_known_before_a_run(
    check_spec: CheckSpec, name: str
) -> None:
    files = {
        "steps.py": "from tfx.v1.dsl.components import Parameter, component\n"
        f"@component\ndef Say({name}: Parameter[str]) -> None: ...\n"
    }
    head = "parameters: {word: {type: str, default: a}}\n"
    assert (
        check_spec(f'say: {{type: steps.py:Say, {name}: "{{{{ parameters.word }}}}"}}\n', files, head) == []
    )


@pytest.mark.parametrize(
    "component",
    [
        'r: {type: Resolver, strategy_class: "{{ parameters.word }}", model: {artifact_type: Model}}\n',
        'i: {type: Importer, source_uri: a, artifact_type: Model, output_key: "{{ parameters.word }}"}\n',
        'i: {type: Importer, source_uri: a, artifact_type: "{{ parameters.word }}"}\n',
        GEN + 's: {type: StatisticsGen, examples: "{{ parameters.word }}"}\n',
        'g: {type: "{{ parameters.word }}", input_base: a}\n',
        GEN
        + 's: {type: StatisticsGen, examples: example_gen.examples, depends_on: ["{{ parameters.word }}"]}\n',
        GEN + 't: {type: Trainer, examples: example_gen.examples, run_fn: "{{ parameters.word }}"}\n',
    ],
)
def test_what_tfx_must_know_before_a_run_holds_no_reference(check_spec: CheckSpec, component: str) -> None:
    findings = check_spec(component, None, "parameters: {word: {type: str, default: a}}\n")
    assert "P305" in codes(findings)
