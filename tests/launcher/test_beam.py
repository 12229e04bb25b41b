"""Beam's arguments, and that what is made faster gives the same."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.build import runners
from tfxc.backends.launcher.speed import beam, descriptors, sampling


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["--runner=DirectRunner", "--direct_running_mode=in_memory", "--direct_num_workers=1"]),
        (
            ["--runner", "DirectRunner", "--x"],
            ["--runner", "DirectRunner", "--x", "--direct_running_mode=in_memory", "--direct_num_workers=1"],
        ),
        (["--direct_num_workers=0"], ["--runner=DirectRunner", "--direct_num_workers=0"]),
        (
            ["--direct_running_mode=multi_threading"],
            ["--runner=DirectRunner", "--direct_running_mode=multi_threading"],
        ),
        (["--runner=FlinkRunner", "--flink_master=h:1"], ["--runner=FlinkRunner", "--flink_master=h:1"]),
    ],
)
def test_the_runner_is_always_explicit(given: list[str], expected: list[str]) -> None:
    assert runners.with_runner(given) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--runner=directrunner"], True),
        (["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"], True),
        (["--runner=DirectRunner", "--runner=DataflowRunner"], False),
        (["--runner", "SparkRunner"], False),
        (["--runner=PortableRunner"], False),
    ],
)
def test_which_runners_work_in_this_process(arguments: list[str], expected: bool) -> None:
    assert runners.runs_in_process(arguments) is expected


class Both:
    """What Beam warns of."""

    def process(self, element: int) -> Any:
        if element > 1:
            return [element]
        yield element


class One:
    """What it does not."""

    def process(self, element: int) -> Any:
        yield element


def results_of_a_pipeline() -> Any:
    """Runs a pipeline with side inputs, state, timers, windows, counters and a splittable source; returns
    what it computed."""
    import apache_beam
    from apache_beam.coders import VarIntCoder
    from apache_beam.metrics import Metrics
    from apache_beam.testing.util import assert_that, equal_to
    from apache_beam.transforms.timeutil import TimeDomain
    from apache_beam.transforms.userstate import (
        ReadModifyWriteStateSpec,
        TimerSpec,
        get_dofn_specs,
        on_timer,
    )
    from apache_beam.transforms.window import FixedWindows, Sessions, TimestampedValue

    class Number(apache_beam.DoFn):  # type: ignore[misc]
        SEEN = ReadModifyWriteStateSpec("seen", VarIntCoder())

        SEEN_PARAMETER = apache_beam.DoFn.StateParam(SEEN)

        def process(self, element: Any, seen: Any = SEEN_PARAMETER) -> Any:
            Metrics.counter("numbers", "seen").inc()
            Metrics.distribution("numbers", "values").update(element[1])
            count = (seen.read() or 0) + 1
            seen.write(count)
            yield element[0], count

    class Late(apache_beam.DoFn):  # type: ignore[misc]
        END = TimerSpec("end", TimeDomain.WATERMARK)

        END_PARAMETER = apache_beam.DoFn.TimerParam(END)

        def process(self, element: Any, end: Any = END_PARAMETER) -> Any:
            end.set(0)
            return []

        @on_timer(END)
        def at_the_end(self) -> Any:
            yield "over"

    with apache_beam.Pipeline(argv=runners.with_runner([])) as pipeline:
        numbers = pipeline | "numbers" >> apache_beam.Create([1, 2, 3])
        largest = apache_beam.pvalue.AsSingleton(numbers | apache_beam.CombineGlobally(max))
        scaled = numbers | apache_beam.Map(lambda number, by: number / by, by=largest)
        assert_that(scaled, equal_to([1 / 3, 2 / 3, 1.0]), label="scaled")
        counted = pipeline | "keys" >> apache_beam.Create([("a", 1), ("a", 1)]) | apache_beam.ParDo(Number())
        assert_that(counted, equal_to([("a", 1), ("a", 2)]), label="counted")
        late = pipeline | "late" >> apache_beam.Create([("a", 1)]) | "end" >> apache_beam.ParDo(Late())
        assert_that(late, equal_to(["over"]), label="timers")
        times = numbers | apache_beam.Map(lambda number: TimestampedValue(("k", number), number * 10))
        for name, windows, groups in (
            ("fixed", FixedWindows(15), [("k", [1]), ("k", [2]), ("k", [3])]),
            ("sessions", Sessions(11), [("k", [1, 2, 3])]),
        ):
            grouped = (
                times
                | f"{name} windows" >> apache_beam.WindowInto(windows)
                | f"{name} groups" >> apache_beam.GroupByKey()
                | f"{name} sorted" >> apache_beam.MapTuple(lambda key, values: (key, sorted(values)))
            )
            assert_that(grouped, equal_to(groups), label=name, reify_windows=False)
        lines = pipeline | apache_beam.io.ReadFromText(__file__) | apache_beam.combiners.Count.Globally()
        assert_that(lines, equal_to([len(Path(__file__).read_text().splitlines())]), label="lines")
    counted = pipeline.result.metrics().query()
    told = [str(each) for kind in ("counters", "distributions") for each in counted[kind]]
    assert len(told) == 2
    states, timers = get_dofn_specs(Number())
    return [state.name for state in states], list(timers), told


@pytest.mark.tfx
def test_beam_computes_the_same_when_it_is_made_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    import dill  # type: ignore[import-untyped]
    from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
    from apache_beam.runners.portability.fn_api_runner import execution
    from apache_beam.runners.worker import bundle_processor, statecache, statesampler
    from apache_beam.transforms import core, userstate
    from apache_beam.typehints import decorators

    before = results_of_a_pipeline()
    sizes = [statecache.get_deep_size(value) for value in (1, "text", [1.5, "a"], {"a": [1] * 100})]
    # What `lighten` replaces is put back after the test.
    monkeypatch.setattr(userstate, "get_dofn_specs", userstate.get_dofn_specs)
    monkeypatch.setattr(statecache, "get_deep_size", statecache.get_deep_size)
    internals = getattr(dill, "dill", None) or dill._dill
    monkeypatch.setattr(internals, "_trace", internals._trace)
    monkeypatch.setattr(PipelineOptions, "view_as", PipelineOptions.view_as)
    manager = execution.BundleContextManager
    monkeypatch.setattr(manager, "_build_process_bundle_descriptor", manager._build_process_bundle_descriptor)
    for method in ("start", "stop"):
        monkeypatch.setattr(statesampler.StateSampler, method, getattr(statesampler.StateSampler, method))
    for function in ("get_function_args_defaults", "_check_fn_use_yield_and_return"):
        monkeypatch.setattr(core, function, getattr(core, function))
    monkeypatch.setattr(decorators, "inspect", decorators.inspect)
    processor = bundle_processor.BundleProcessor
    monkeypatch.setattr(processor, "monitoring_infos", processor.monitoring_infos)
    beam.lighten()
    assert descriptors.lighten()
    assert sampling.lighten()
    assert results_of_a_pipeline() == results_of_a_pipeline() == before
    assert sizes == [statecache.get_deep_size(value) for value in (1, "text", [1.5, "a"], {"a": [1] * 100})]
    options = PipelineOptions(["--direct_num_workers=3"])
    options.view_as(DirectOptions).direct_num_workers = 5
    assert options.view_as(StandardOptions).view_as(DirectOptions).direct_num_workers == 5
    assert PipelineOptions(["--direct_num_workers=3"]).view_as(DirectOptions).direct_num_workers == 3
    assert pickle.loads(dill.dumps(lambda: 5))() == 5
    checked = [core._check_fn_use_yield_and_return(each) for each in (Both().process, One().process) * 2]
    assert checked == [True, False] * 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--direct_running_mode=in_memory"], True),
        (["--direct_running_mode=in_memory", "--direct_running_mode", "multi_processing"], False),
        (["--runner=SparkRunner"], False),
    ],
)
def test_whether_workers_are_processes_of_their_own(arguments: list[str], expected: bool) -> None:
    assert runners.workers_are_threads(arguments) is expected
