"""What makes TFX run a node again, and what does not; runs of some nodes only."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import (
    PlanChannel,
    PlanGroup,
    PlanParameter,
    PlanQuery,
    ResolverComponent,
    SqliteMetadata,
)

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def two_nodes(plans: Any, folder: Path, **fields: Any) -> Any:
    """Returns the Plan of `make`, whose text is a parameter, and `copy`, which reads it."""
    arguments = {"text": plans.value({"$reference": "parameters.text"})}
    return plans.plan_of(
        folder,
        plans.step("make", "Make", arguments=arguments, outputs=DATASET),
        plans.step(
            "copy",
            "Copy",
            inputs={"source": plans.channel("make.made", "Dataset")},
            outputs=DATASET,
            upstream=("make",),
        ),
        parameters=(PlanParameter(name="text", type="str", required=False, default="made"),),
        **fields,
    )


def states(results: dict[str, Any]) -> str:
    return " ".join(result.state for result in results.values())


def test_a_second_run_uses_what_the_first_made(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    again = launcher.open(plan, project).all()
    assert states(again) == "cached cached"
    (made,) = (project / "runs/copy/made").iterdir()
    assert again["copy"].artifacts[0].uri == str(made)


def test_another_value_other_code_or_no_cache_run_again(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    assert states(launcher.open(plan, project, parameters={"text": "other"}).all()) == "succeeded succeeded"
    assert states(launcher.open(plan, project, cache=False).all()) == "succeeded succeeded"
    with (project / "steps.py").open("a") as stream:
        stream.write("# edited\n")
    assert states(launcher.open(two_nodes(plans, project), project).all()) == "succeeded succeeded"


def test_a_project_can_be_moved_with_its_runs(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    moved = project.with_name(project.name + "-moved")
    project.rename(moved)
    results = launcher.open(plan, moved).all()
    assert states(results) == "cached cached"
    (made,) = (moved / "runs/copy/made").iterdir()
    assert results["copy"].artifacts[0].uri == str(made)


def test_a_store_that_others_share_gets_absolute_paths(launcher: Any, plans: Any, project: Path) -> None:
    shared = SqliteMetadata(path=str(project / "elsewhere" / "metadata.sqlite"))
    run = launcher.open(two_nodes(plans, project, metadata=shared), project)
    run.all()
    root = run.ir()["runtime_spec"]["pipeline_root"]["field_value"]["string_value"]
    assert root == str(project / "runs")


def test_what_runs_on_exit_runs_at_the_end_of_every_run_and_of_one_that_goes_on(
    launcher: Any, plans: Any, project: Path
) -> None:
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("end", "Environment", outputs=DATASET),
        on_exit="end",
    )
    run = launcher.open(plan, project)
    assert states(run.all()) == "succeeded succeeded"
    assert states(run.all()) == "cached succeeded"
    assert states(launcher.open(plan, project).all()) == "cached succeeded"


def test_what_runs_on_exit_knows_how_the_others_ended(launcher: Any, plans: Any, project: Path) -> None:
    end = plans.step("end", "FinalState", outputs=DATASET)
    run = launcher.open(plans.plan_of(project, end, on_exit="end"), project)
    for state in ("failed", "succeeded"):
        result = run.node("end", final_state=state)
        assert (Path(result.artifacts[0].uri) / "text").read_text() == state


def test_a_node_whose_output_is_gone_runs_again(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    shutil.rmtree(project / "runs/make/made")
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"


def test_a_partial_run_takes_over_what_it_reads(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    # A later run that has nothing of `make` must not stand in the way.
    launcher.open(plan, project)
    result = launcher.open(plan, project, nodes=("copy",), cache=False).node("copy")
    assert result.state == "succeeded"
    assert (Path(result.artifacts[0].uri) / "text").read_text() == "made"


def test_a_partial_run_without_an_earlier_one_says_so(launcher: Any, plans: Any, project: Path) -> None:
    error = launcher.try_open(two_nodes(plans, project), project, nodes=("copy",))
    assert error.message == (
        "`copy` reads the outputs of `make`, which no run has made yet: `tfxc run` with `--to copy` makes "
        "them, and all that they need."
    )


def test_a_partial_run_names_all_that_never_ran(launcher: Any, plans: Any, project: Path) -> None:
    cities = ("berlin", "rome", "seville")
    nodes = [
        plans.step(
            f"{kind}.{city}",
            "Make",
            arguments={"text": plans.value(city)},
            outputs=DATASET,
            label=f"{kind}[{city}]",
            group=kind,
        )
        for kind in ("fit", "other")
        for city in cities
    ]
    channels = tuple(PlanChannel(node=node.id, output="made", artifact_type="Dataset") for node in nodes)
    last = plans.step(
        "best",
        "Copy",
        inputs={"source": channels},
        outputs=DATASET,
        upstream=tuple(node.id for node in nodes),
    )
    groups = tuple(PlanGroup(id=kind, label=kind) for kind in ("fit", "other"))
    plan = plans.plan_of(project, *nodes, last, groups=groups)
    command = "`tfxc run` with `--to best` makes them, and all that they need."
    error = launcher.try_open(plan, project, nodes=("best",))
    assert (
        error.message == f"`best` reads the outputs of `fit`, `other`, which no run has made yet: {command}"
    )

    run = launcher.open(plan, project, nodes=tuple(node.id for node in nodes[:4]))
    for node in nodes[:4]:
        run.node(node.id)
    error = launcher.try_open(plan, project, nodes=("best",))
    names = "`other[rome]`, `other[seville]`"
    assert error.message == f"`best` reads the outputs of {names}, which no run has made yet: {command}"

    shutil.rmtree(project / "runs/fit.rome/made")
    error = launcher.try_open(plan, project, nodes=("best",))
    assert error.message == (
        f"`best` reads the outputs of {names}, which no run has made yet, and of `fit[rome]`, whose files "
        f"are gone: {command}"
    )


def test_a_partial_run_whose_input_files_are_gone_says_so(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    shutil.rmtree(project / "runs/make/made")
    error = launcher.try_open(plan, project, nodes=("copy",))
    assert error.message == (
        "`copy` reads the outputs of `make`, whose files are gone: `tfxc run` with `--to copy` makes "
        "them, and all that they need."
    )


def test_a_partial_run_of_an_unknown_node_is_refused(launcher: Any, plans: Any, project: Path) -> None:
    error = launcher.try_open(two_nodes(plans, project), project, nodes=("cpoy",))
    assert error.message == "the pipeline has no node `cpoy`."


STRATEGIES = "tfx.dsl.input_resolution.strategies."


def resolver(plans: Any, strategy: str, **config: Any) -> Any:
    """Returns a Resolver ``latest`` of Datasets."""
    return plans.step("make", "Make", outputs=DATASET).model_copy(
        update={
            "id": "latest",
            "component": ResolverComponent(strategy_class=STRATEGIES + strategy, config=config),
            "inputs": {"made": (PlanQuery(artifact_type="Dataset"),)},
        }
    )


LATEST = "latest_artifact_strategy:LatestArtifactStrategy"
SPANS = "span_range_strategy:SpanRangeStrategy"


def with_reader(plans: Any, project: Path, latest: Any, function: str) -> Any:
    """Returns the Plan of a Resolver, a node ``read`` that reads from it, and one that makes a Dataset."""
    reader = plans.step(
        "read",
        function,
        inputs={"source": plans.channel("latest.made", "Dataset")},
        outputs=DATASET,
        upstream=("latest",),
    )
    return plans.plan_of(project, latest, reader, plans.step("make", "Make", outputs=DATASET))


def test_a_resolver_finds_earlier_runs_artifacts(launcher: Any, plans: Any, project: Path) -> None:
    plan = with_reader(plans, project, resolver(plans, LATEST, desired_num_of_artifacts=1), "Copy")
    first = launcher.open(plan, project).all()
    assert states(first) == "succeeded failed succeeded"
    assert first["latest"].artifacts == ()
    assert first["read"].error.message == (
        "`read` cannot start: its input `source` is `latest.made`, but `latest` found no Dataset in earlier "
        "runs."
    )
    second = launcher.open(plan, project).all()
    assert states(second) == "succeeded succeeded cached"
    assert second["latest"].artifacts[0].uri == first["make"].artifacts[0].uri


@pytest.mark.parametrize(
    ("strategy", "config"),
    [
        (LATEST, {}),
        (LATEST, {"desired_num_of_artifacts": 3}),
        (SPANS, {"range_config": {"rolling_range": {"num_spans": 2}}}),
        (SPANS, {"range_config": {"static_range": {"start_span_number": 1, "end_span_number": 2}}}),
    ],
)
def test_what_may_be_left_out_is_empty_in_a_first_run(
    launcher: Any, plans: Any, project: Path, strategy: str, config: dict[str, Any]
) -> None:
    plan = with_reader(plans, project, resolver(plans, strategy, **config), "CopyIfThere")
    first = launcher.open(plan, project).all()
    assert states(first) == "succeeded succeeded succeeded"
    assert (Path(first["read"].artifacts[0].uri) / "text").read_text() == "there was none"


def test_a_resolver_that_finds_fewer_than_it_is_asked_for_gives_none(
    launcher: Any, plans: Any, project: Path
) -> None:
    plan = with_reader(plans, project, resolver(plans, LATEST, desired_num_of_artifacts=3), "CopyIfThere")
    needs_them = with_reader(plans, project, resolver(plans, LATEST, desired_num_of_artifacts=3), "Copy")
    run = launcher.open(needs_them, project)
    run.node("latest")
    assert "`latest` found fewer than 3 artifacts of the type Dataset" in run.node("read").error.message
    found = []
    for _ in range(4):
        run = launcher.open(plan, project, cache=False)
        found.append(len(run.node("latest").artifacts))
        run.node("make")
    assert found == [0, 0, 0, 3]
