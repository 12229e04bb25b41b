"""What follows for a node from those above it, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.messages import DryRunResult, EarlierExecution, PropertyChange
from tfxc.backends.local.dry_run.outlook import Asked, NodeOutlook, outlooks
from tfxc.compiler.dry_run.reasons import Told, reasons
from tfxc.compiler.dry_run.words import as_json, as_text
from tfxc.schemas.plan import (
    Plan,
    PlanArgument,
    PlanChannel,
    PlanExecution,
    PlanModule,
    PlanModuleFolder,
    PlanNode,
    PlanQuery,
    ResolverComponent,
    StandardComponent,
)
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, ValueOperand

EARLIER = EarlierExecution(execution_id=3, run_id="before")


def node(name: str, *reads: str, **fields: Any) -> PlanNode:
    """Returns a node that reads `x` of others and puts out `x`, a Model."""
    channels = {each: (PlanChannel(node=each, output="x", artifact_type="Model"),) for each in reads}
    component = fields.pop("component", StandardComponent(type="Trainer", class_path="a:B"))
    upstream = fields.pop("upstream", reads)
    inputs = {**channels, **fields.pop("inputs", {})}
    return PlanNode(
        id=name,
        component=component,
        inputs=inputs,
        outputs={"x": "Model"},
        upstream=upstream,
        **fields,
    )


def when(producer: str) -> Comparison:
    left = ArtifactOperand(
        node=producer, output="x", artifact_type="Model", field="custom_property", name="good"
    )
    return Comparison(operator="==", left=left, right=ValueOperand(value=1))


def plan(*nodes: PlanNode, **fields: Any) -> Plan:
    return Plan(
        name="p", pipeline_root="runs", metadata={"kind": "sqlite", "path": "m"}, nodes=nodes, **fields
    )


def found(
    of: Plan, says: Mapping[str, str] | None = None, **asked: Any
) -> tuple[dict[str, NodeOutlook], list[tuple[str, bool]]]:
    """Returns the outlooks, and what was asked of a launcher that says these states, else cached."""
    questions: list[tuple[str, bool]] = []

    def ask(name: str, has_inputs: bool) -> DryRunResult:
        questions.append((name, has_inputs))
        state: Any = (says or {}).get(name, "cached" if has_inputs else "runs")
        return DryRunResult(node=name, state=state, earlier=EARLIER if state == "cached" else None)

    return {each.node: each for each in outlooks(Asked(of, **asked), ask)}, questions


def states(outlook: Mapping[str, NodeOutlook]) -> dict[str, str]:
    return {name: each.state for name, each in outlook.items()}


def test_what_reads_from_a_node_that_runs_runs() -> None:
    got, asked = found(plan(node("a"), node("b", "a"), node("c", "b"), node("d")), {"a": "runs"})
    assert states(got) == {"a": "runs", "b": "runs", "c": "runs", "d": "cached"}
    assert (got["b"].new_from, got["c"].new_from) == ((("a", "a"),), (("b", "b"),))
    assert asked == [("a", True), ("b", False), ("c", False), ("d", True)]


def test_waiting_for_a_node_is_no_reading() -> None:
    assert states(found(plan(node("a"), node("b", upstream=("a",))), {"a": "runs"})[0])["b"] == "cached"


def test_a_condition_on_what_is_not_there_yet_is_unknown_and_so_is_what_lies_below() -> None:
    of = plan(node("a"), node("b", "a", when=when("a")), node("c", "b"), node("d", upstream=("b",)))
    got, _ = found(of, {"a": "runs"})
    assert states(got) == {"a": "runs", "b": "unknown", "c": "unknown", "d": "unknown"}
    assert {each.until for name, each in got.items() if name != "a"} == {("a",)}
    got, asked = found(of)
    assert set(states(got).values()) == {"cached"}
    assert all(has_inputs for _, has_inputs in asked)


def test_a_condition_of_this_run_alone_is_known_without_inputs() -> None:
    got, _ = found(plan(node("a"), node("b", "a"), node("c", "b")), {"a": "runs", "b": "skipped"})
    assert states(got) == {"a": "runs", "b": "skipped", "c": "skipped"}
    assert got["c"].because == "b"


def test_the_value_of_an_artifact_that_is_not_there_yet_is_unknown() -> None:
    argument = PlanArgument(value={"$value": "a.x"})
    of = plan(node("a"), node("b", upstream=("a",), arguments={"word": argument}))
    assert states(found(of, {"a": "runs"})[0])["b"] == "unknown"
    assert states(found(of, {"a": "runs"}, cache=False)[0])["b"] == "runs"


@pytest.mark.parametrize(("above", "expected"), [((), "cached"), (("a",), "unknown")])
def test_what_a_resolver_finds_is_known_unless_a_node_above_makes_it_anew(
    above: tuple[str, ...], expected: str
) -> None:
    resolver = ResolverComponent(type="Resolver", strategy_class="tfx:Latest")
    latest = node(
        "latest",
        component=resolver,
        inputs={"model": (PlanQuery(artifact_type="Model"),)},
        upstream=above,
    )
    got, _ = found(plan(node("a"), latest, node("b", "latest")), {"a": "runs", "latest": "runs"})
    assert states(got) == {"a": "runs", "latest": "runs", "b": expected}
    assert got["b"].until == above


def test_failures_selection_what_is_finished_and_the_end() -> None:
    of = plan(
        node("a"),
        node("b", "a"),
        node("c", upstream=("b",), execution=PlanExecution(trigger_strategy="ALL_UPSTREAM_NODES_COMPLETED")),
        node("end"),
        on_exit="end",
    )
    got, _ = found(of, {"a": "fails"})
    assert states(got) == {"a": "fails", "b": "not_run", "c": "cached", "end": "runs"}
    assert got["b"].because == "a"
    got, asked = found(of, nodes=("b", "c"), finished=("b",))
    assert states(got) == {"a": "skipped", "b": "cached", "c": "cached", "end": "skipped"}
    assert (got["a"].selected, got["b"].finished, asked) == (False, True, [("c", True)])


def why(
    result: DryRunResult, of: Plan, folder: Path, modules: Mapping[PurePosixPath, bytes] | None = None
) -> tuple[str, ...]:
    outlook = NodeOutlook(result.node, result.state, result=result)
    return reasons(outlook, Told(of, modules or {}, folder, frozenset({"hunter2"})))


def test_values_that_changed_are_told_but_no_secret(tmp_path: Path) -> None:
    arguments = {
        "train_args": PlanArgument(value={}),
        "address": PlanArgument(value={"$reference": "env.ADDRESS"}),
    }
    changes = (
        PropertyChange(
            name="train_args", old='{"num_steps": 200, "splits": ["a"]}', new='{"num_steps": 500}'
        ),
        PropertyChange(name="address", old="here", new="there"),
        PropertyChange(name="custom", old="x", new="hunter2"),
        PropertyChange(name="api_key", old="one", new="two"),
    )
    told = why(
        DryRunResult(node="a", state="runs", earlier=EARLIER, changes=changes),
        plan(node("a", arguments=arguments)),
        tmp_path,
    )
    assert told == (
        "train_args.num_steps: 200 → 500",
        'train_args.splits: no longer ["a"]',
        "address: another value (it has one of the environment in it)",
        "custom: x → (a secret)",
        "api_key: (a secret) → another secret",
    )


def test_the_file_of_the_code_that_changed_is_named(tmp_path: Path) -> None:
    code = PlanModule(folder=0, import_name="m")

    def with_code(*files: str) -> Plan:
        folder = PlanModuleFolder(source="model", files=files, sha256="0" * 64)
        return plan(node("a", module=code), modules=(folder,))

    earlier = tmp_path / "before"
    (earlier / "modules/0").mkdir(parents=True)
    for name in ("m.py", "same.py", "old.py"):
        (earlier / "modules/0" / name).write_text(name)
    (earlier / "plan.json").write_text(with_code("m.py", "same.py", "old.py").to_json())
    now = {
        PurePosixPath("modules/0", name): text
        for name, text in (("m.py", b"edited"), ("same.py", b"same.py"))
    }
    change = PropertyChange(name="__tfxc_module_sha256__", old="1", new="2")
    result = DryRunResult(node="a", state="runs", earlier=EARLIER, changes=(change,))
    of = with_code("m.py", "same.py", "new.py")
    assert why(result, of, tmp_path, {**now, PurePosixPath("modules/0/new.py"): b""}) == (
        "its code has changed: model/m.py, model/new.py (new), model/old.py (gone)",
    )
    assert why(result, of, tmp_path / "nowhere") == (
        "its code has changed: `m`, or what it imports or reads",
    )


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, "no run of it has succeeded yet"),
        ({"refused": ("runs/a/x is gone.",)}, "its outputs in the cache are not used: runs/a/x is gone"),
        ({"earlier": EARLIER, "new_inputs": ("b",)}, "`b` is another artifact than in run before"),
        (
            {
                "earlier": EARLIER,
                "changes": (
                    PropertyChange(
                        name="input_fingerprint",
                        old="split:single_split,num_files:1,total_bytes:1200,xor_checksum:1,sum_checksum:1",
                        new="split:single_split,num_files:2,total_bytes:2400,xor_checksum:3,sum_checksum:4",
                    ),
                ),
            },
            "the data have changed: 2,400 bytes in 2 files, before 1,200 bytes in 1 file",
        ),
        ({"earlier": EARLIER}, "the cache has nothing under its key"),
    ],
)
def test_why_a_node_runs(result: dict[str, Any], expected: str, tmp_path: Path) -> None:
    (told,) = why(DryRunResult(node="a", state="runs", **result), plan(node("a", "b")), tmp_path)
    assert told.startswith(expected)


def test_it_is_told_as_a_table_and_as_json(tmp_path: Path) -> None:
    of = plan(node("first"), node("b", "first"), node("c", "b", when=when("b")))
    got, _ = found(of, {"first": "runs"})
    told = Told(of, {}, tmp_path)
    assert as_text(tuple(got.values()), told) == (
        "p: what a run would do; nothing was run or written\n"
        "  first  runs     no run of it has succeeded yet\n"
        "  b      runs     `first` is new: `first` runs\n"
        "  c      unknown  until `b` has run\n"
        "2 to run, 1 unknown\n"
    )
    document = as_json(tuple(got.values()), told)
    assert [each["state"] for each in document["nodes"]] == ["runs", "runs", "unknown"]
    assert document["nodes"][1]["new_inputs"] == {"first": "first"}
