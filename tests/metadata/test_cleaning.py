"""What `tfxc runs clean` removes: never what a run that stays, a blessed model or a push needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfxc.backends.local.running.run_folder import claim_folder
from tfxc.backends.metadata.cleaning import Cleaning, cleaning, remote_folders
from tfxc.backends.metadata.past import Past, read_past
from tfxc.backends.metadata.removal import Removed, bytes_of, remove
from tfxc.schemas.plan import Plan

END = {"event": "run_finished", "state": "succeeded"}
LATER = datetime.now(timezone.utc) + timedelta(days=3)


def planned(store: Any, plan: Plan, keep: int, **more: Any) -> tuple[Past, Cleaning]:
    past = read_past(plan, store.folder)
    return past, cleaning(past, keep, more.get("older_than"), more.get("now", LATER))


def cleaned(store: Any, plan: Plan, keep: int, **more: Any) -> Removed:
    return remove(*planned(store, plan, keep, **more), wait=lambda _: None)


def whole_run(
    store: Any, run_id: str, blessed: int = 0, pushed: int = 0, recorded: bool = True
) -> dict[str, int]:
    """Puts a run of all kinds of nodes, with its folder."""
    made = store.node(run_id, "example_gen", "CsvExampleGen", {"examples": "Examples"}, recorded=recorded)
    made |= store.node(
        run_id, "trainer", "Trainer", {"model": "Model"}, {"examples": [made["examples"]]}, recorded=recorded
    )
    made |= store.node(
        run_id,
        "evaluator",
        "Evaluator",
        {"blessing": "ModelBlessing", "evaluation": "ModelEvaluation"},
        {"examples": [made["examples"]], "model": [made["model"]]},
        {"blessing": {"blessed": blessed, "current_model_id": made["model"]}},
        recorded=recorded,
    )
    made |= store.node(
        run_id,
        "pusher",
        "Pusher",
        {"pushed_model": "PushedModel"},
        {"model": [made["model"]]},
        {"pushed_model": {"pushed": pushed, "pushed_destination": "serving/1"}},
        recorded=recorded,
    )
    store.run_folder(run_id, [END])
    return made


def test_all_of_an_old_run_that_nothing_needs_goes(store: Any, two_nodes: Plan) -> None:
    whole_run(store, "old")
    new = whole_run(store, "new")
    done = cleaned(store, two_nodes, 1)
    assert [run.id for run in done.cleaning.runs] == ["old"]
    assert len(done.cleaning.artifacts) == 5
    assert done.bytes > 50
    assert done.problems == ()
    assert not (store.folder / "runs/.tfxc/old").exists()
    past = read_past(two_nodes, store.folder)
    assert {run.id: run.cleaned for run in past.runs} == {"old": True, "new": False}
    for artifact in past.history.artifacts.values():
        assert (artifact.state == "live") == (artifact.id in new.values()) == Path(artifact.uri).exists()
    assert planned(store, two_nodes, 1)[1] == Cleaning()


def test_blessed_models_and_pushes_stay_for_ever(store: Any, two_nodes: Plan) -> None:
    blessed = whole_run(store, "blessed", blessed=1)
    pushed = whole_run(store, "pushed", pushed=1)
    done = cleaned(store, two_nodes, 0)
    assert [run.id for run in done.cleaning.runs] == ["blessed", "pushed"]
    left = {
        a.id for a in read_past(two_nodes, store.folder).history.artifacts.values() if Path(a.uri).exists()
    }
    stay = {blessed[key] for key in ("model", "blessing", "evaluation")}
    assert left == stay | {pushed["model"], pushed["pushed_model"]}
    assert {reason for _, reason in done.cleaning.kept} == {"blessed", "pushed"}


def test_what_a_later_run_took_from_the_cache_stays_until_that_run_goes(store: Any, two_nodes: Plan) -> None:
    first = whole_run(store, "first")
    examples = first["examples"]
    for run_id in ("second", "third"):
        store.execution(run_id, "example_gen", "CsvExampleGen", "cached", outputs={"examples": [examples]})
        store.execution(run_id, "trainer", "Trainer", "cached", inputs={"examples": [examples]})
        store.run_folder(run_id, [END])
    folder = Path(read_past(two_nodes, store.folder).history.artifacts[examples].uri)
    cleaned(store, two_nodes, 2)
    cleaned(store, two_nodes, 1)
    assert folder.exists()
    assert [each.artifact.id for each in cleaned(store, two_nodes, 0).cleaning.artifacts] == [examples]
    assert not folder.exists()


def test_another_pipeline_in_the_store_keeps_what_it_reads(store: Any, two_nodes: Plan) -> None:
    made = whole_run(store, "one")
    store.pipeline = "fish"
    store.execution("one", "reader", "Trainer", inputs={"examples": [made["examples"]]})
    kept = [artifact.id for artifact, _ in cleaned(store, two_nodes, 0).cleaning.kept]
    assert kept == [made["examples"]]


def test_what_is_not_recorded_as_ours_stays(store: Any, two_nodes: Plan) -> None:
    whole_run(store, "theirs", recorded=False)
    beside = store.folder / "runs" / "trainer" / "model" / "mine"
    beside.mkdir()
    done = cleaned(store, two_nodes, 0)
    assert done.cleaning.artifacts == ()
    assert {reason for _, reason in done.cleaning.kept} == {"not recorded as tfxc's"}
    assert beside.exists()


def test_an_artifact_of_which_the_folder_is_a_link_loses_the_link_only(store: Any, two_nodes: Plan) -> None:
    made = whole_run(store, "one")
    folder = Path(read_past(two_nodes, store.folder).history.artifacts[made["examples"]].uri)
    folder.rename(store.folder / "elsewhere")
    folder.symlink_to(store.folder / "elsewhere")
    cleaned(store, two_nodes, 0)
    assert not folder.is_symlink()
    assert (store.folder / "elsewhere" / "content").exists()


def test_a_run_whose_outputs_are_on_another_machine_is_left_alone(store: Any, two_nodes: Plan) -> None:
    made = store.node("far", "example_gen", "CsvExampleGen", {"examples": "Examples"})
    store.execution("far", "trainer", "Trainer", inputs={"examples": [made["examples"]]})
    folder = Path(read_past(two_nodes, store.folder).history.artifacts[made["examples"]].uri)
    folder.rename(store.folder / "away")
    assert planned(store, two_nodes, 0)[1].runs == ()
    (store.folder / "away").rename(folder)
    assert [run.id for run in planned(store, two_nodes, 0)[1].runs] == ["far"]


@pytest.fixture
def bucket(store: Any) -> Any:
    """A store whose outputs lie in an object store."""
    store.root = "s3://bucket/root"
    return store


def test_outputs_in_an_object_store_go_as_others_do(bucket: Any, two_nodes: Plan) -> None:
    whole_run(bucket, "old")
    new = set(whole_run(bucket, "new").values())
    past = read_past(two_nodes, bucket.folder)
    wanted = remote_folders(past, 1, None, LATER)
    assert set(wanted) == {each.uri for each in past.history.artifacts.values() if each.id not in new}
    sizes: dict[str, Any] = dict.fromkeys(wanted, 100)
    sizes[wanted[0]] = None  # of which the size is not known
    found = cleaning(past, 1, None, LATER, sizes)
    gone: list[str] = []

    def remove_remote(folders: Sequence[str]) -> list[str]:
        gone.extend(folders)
        return []

    record = bytes_of(Cleaning(folders=found.folders))
    done = remove(past, found, lambda _: None, remove_remote)
    assert done.bytes == 400 + record
    assert {each for each in gone if "/.system/" not in each} == set(wanted)
    node, _, name = wanted[0].rsplit("/", 2)
    assert f"{node}/.system/executor_execution/{name}" in gone
    after = read_past(two_nodes, bucket.folder)
    for artifact in after.history.artifacts.values():
        assert (artifact.state == "live") == (artifact.id in new)
    assert remote_folders(after, 1, None, LATER) == wanted  # whether they are really gone must be asked
    assert cleaning(after, 1, None, LATER, {}) == Cleaning()


def test_what_an_object_store_kept_goes_the_next_time(bucket: Any, two_nodes: Plan) -> None:
    whole_run(bucket, "old")
    past = read_past(two_nodes, bucket.folder)
    sizes = dict.fromkeys(remote_folders(past, 0, None, LATER), 1)
    found = cleaning(past, 0, None, LATER, sizes)
    done = remove(past, found, lambda _: None, lambda folders: ["the store did not answer"])
    assert done.problems == ("the store did not answer",)
    again = cleaning(read_past(two_nodes, bucket.folder), 0, None, LATER, sizes)
    assert again.runs == ()
    assert {each.folder for each in again.artifacts} == set(sizes)


def test_what_is_needed_in_an_object_store_is_not_even_asked_about(bucket: Any, two_nodes: Plan) -> None:
    whole_run(bucket, "old", blessed=1, pushed=1)
    asked = remote_folders(read_past(two_nodes, bucket.folder), 0, None, LATER)
    assert [folder.split("/")[4] for folder in asked] == ["example_gen"]


def test_what_is_gone_from_an_object_store_holds_no_run(bucket: Any, two_nodes: Plan) -> None:
    made = bucket.node("far", "example_gen", "CsvExampleGen", {"examples": "Examples"})
    bucket.execution("far", "trainer", "Trainer", inputs={"examples": [made["examples"]]})
    found = cleaning(read_past(two_nodes, bucket.folder), 0, None, LATER, {})
    assert [run.id for run in found.runs] == ["far"]
    assert [reason for _, reason in found.kept] == ["not in its object store any more"]


def test_a_folder_in_an_object_store_that_is_not_recorded_as_ours_stays(bucket: Any, two_nodes: Plan) -> None:
    whole_run(bucket, "old", recorded=False)
    past = read_past(two_nodes, bucket.folder)
    assert remote_folders(past, 0, None, LATER) == ()
    reasons = {reason for _, reason in cleaning(past, 0, None, LATER, {}).kept}
    assert reasons == {"not recorded as tfxc's"}


def test_only_what_is_old_enough_goes(store: Any, two_nodes: Plan) -> None:
    whole_run(store, "one")  # its events are of January
    now = datetime(2026, 2, 10, tzinfo=timezone.utc)
    assert planned(store, two_nodes, 0, older_than=timedelta(days=30), now=now)[1].runs == ()
    found = planned(store, two_nodes, 0, older_than=timedelta(days=5), now=now)[1]
    assert [run.id for run in found.runs] == ["one"]


def test_a_run_that_goes_on_is_never_touched(store: Any, two_nodes: Plan) -> None:
    made = store.node("on", "example_gen", "CsvExampleGen", {"examples": "Examples"})
    store.run_folder("on", [{"event": "node_started", "node": "trainer"}], hold=True)
    store.execution(
        "mlmd", "example_gen", "CsvExampleGen", "cached", outputs={"examples": [made["examples"]]}
    )
    store.execution("mlmd", "trainer", "Trainer", "running")
    whole_run(store, "done")
    _, found = planned(store, two_nodes, 0)
    assert [run.id for run in found.runs] == ["done"]
    assert sorted(run.id for run in found.going_on) == ["mlmd", "on"]
    assert made["examples"] not in [each.artifact.id for each in found.artifacts]


def test_a_run_taken_up_while_it_is_asked_about_keeps_all(store: Any, two_nodes: Plan) -> None:
    whole_run(store, "old")
    past, found = planned(store, two_nodes, 0)
    lock = claim_folder(past.folders["old"])
    done = remove(past, found)
    os.close(lock)
    assert done.cleaning == Cleaning(kept=found.kept)
    assert all(Path(each.uri).exists() for each in past.history.artifacts.values())


def test_what_is_taken_from_the_cache_meanwhile_is_given_back(store: Any, two_nodes: Plan) -> None:
    made = whole_run(store, "old")
    past, found = planned(store, two_nodes, 0)

    def meanwhile(_: float) -> None:
        store.execution(
            "new", "example_gen", "CsvExampleGen", "cached", outputs={"examples": [made["examples"]]}
        )

    done = remove(past, found, wait=meanwhile)
    assert made["examples"] not in [each.artifact.id for each in done.cleaning.artifacts]
    artifacts = read_past(two_nodes, store.folder).history.artifacts
    assert artifacts[made["examples"]].state == "live"
    assert Path(artifacts[made["examples"]].uri).exists()
    assert artifacts[made["model"]].state == "deleted"


def test_a_cleaning_that_was_killed_is_finished_by_the_next(
    store: Any, two_nodes: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_run(store, "old")

    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("tfxc.backends.metadata.removal._remove", killed)
        with pytest.raises(KeyboardInterrupt):
            cleaned(store, two_nodes, 0)
    past = read_past(two_nodes, store.folder)
    assert {each.state for each in past.history.artifacts.values()} == {"deleted"}
    assert len(cleaned(store, two_nodes, 0).cleaning.artifacts) == 5
    assert not any(Path(each.uri).exists() for each in past.history.artifacts.values())


def test_what_cannot_be_removed_is_told(store: Any, two_nodes: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run(store, "old")

    def refused(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("shutil.rmtree", refused)
    problems = cleaned(store, two_nodes, 0).problems
    assert len(problems) == 6
    assert all(each.endswith("permission denied: it was not removed") for each in problems)


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[dict[str, Any]], int]:
    """Draws runs in which each node runs, or takes what an earlier one made, and how many are kept."""
    count = draw(st.integers(1, 5))
    runs = [
        {
            "cached": draw(st.sets(st.sampled_from(["example_gen", "trainer"]))),
            "from": draw(st.integers(0, max(0, number - 1))),
            "resolves": draw(st.booleans()),
            "blessed": draw(st.integers(0, 1)),
            "pushed": draw(st.integers(0, 1)),
            "recorded": draw(st.sampled_from([True, True, True, False])),
            "ends": draw(st.sampled_from([True, True, True, False])),
        }
        for number in range(count)
    ]
    return runs, draw(st.integers(0, count))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=pasts())
def test_what_stays_is_whole(make_store: Callable[[], Any], two_nodes: Plan, drawn: Any) -> None:
    """Whatever runs there were: no run that stays, blessed model or push misses anything it refers to."""
    runs, keep = drawn
    store, made, needed = make_store(), [], set()
    for number, run in enumerate(runs):
        used, own = _put(store, f"run-{number}", run, made)
        made.append(own)
        stays = number >= len(runs) - keep or not run["ends"]
        needed |= used if stays else set()
        needed |= {own["model"], own["blessing"], own["evaluation"]} if run["blessed"] else set()
        needed |= {own["model"], own["pushed_model"]} if run["pushed"] else set()
        needed |= set() if run["recorded"] else {own["blessing"], own["evaluation"], own["pushed_model"]}
    before = read_past(two_nodes, store.folder).history.artifacts
    cleaned(store, two_nodes, keep)
    past = read_past(two_nodes, store.folder)
    for artifact in past.history.artifacts.values():
        is_there = (Path(artifact.uri) / "content").exists()
        assert is_there == (artifact.state == "live")
        assert is_there or artifact.id not in needed
    assert before.keys() == past.history.artifacts.keys()
    for number in range(len(runs) - keep, len(runs)):
        run = past.run(f"run-{number}")
        assert not run.cleaned
        assert run.folder is not None
    again = planned(store, two_nodes, keep)[1]
    assert again.artifacts == ()


def _put(
    store: Any, run_id: str, run: dict[str, Any], made: list[dict[str, int]]
) -> tuple[set[int], dict[str, int]]:
    """Puts a run; returns all that it refers to, and what it put out by key, its own or not."""
    earlier = made[run["from"]] if made else None
    own: dict[str, int] = {}
    used: set[int] = set()
    if run["resolves"] and earlier is not None:
        store.execution(run_id, "latest", "Resolver", outputs={"model": [earlier["model"]]})
        used.add(earlier["model"])
    for node, component, key, kind in (
        ("example_gen", "CsvExampleGen", "examples", "Examples"),
        ("trainer", "Trainer", "model", "Model"),
    ):
        inputs = {"examples": [own["examples"]]} if own else {}
        if earlier is not None and node in run["cached"]:
            store.execution(run_id, node, component, "cached", inputs, {key: [earlier[key]]})
            own[key] = earlier[key]
        else:
            own |= store.node(run_id, node, component, {key: kind}, inputs, recorded=run["recorded"])
    own |= store.node(
        run_id,
        "evaluator",
        "Evaluator",
        {"blessing": "ModelBlessing", "evaluation": "ModelEvaluation"},
        {"model": [own["model"]]},
        {"blessing": {"blessed": run["blessed"], "current_model_id": own["model"]}},
        recorded=run["recorded"],
    )
    own |= store.node(
        run_id,
        "pusher",
        "Pusher",
        {"pushed_model": "PushedModel"},
        {"model": [own["model"]]},
        {"pushed_model": {"pushed": run["pushed"]}},
        recorded=run["recorded"],
    )
    store.run_folder(run_id, [END] if run["ends"] else [], hold=not run["ends"])
    return used | set(own.values()), own
