"""A run of a spec on a sample of its data, as tests ask about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from tfxc.compiler.testing.examples import read_examples
from tfxc.compiler.testing.words import there_are

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.summaries import (
        AnomalySummary,
        EvaluationSummary,
        FeatureStatistics,
        StatisticsSummary,
    )
    from tfxc.backends.metadata.values import Artifact, Run
    from tfxc.backends.reports.run_report import NodeReport, RunReport
    from tfxc.compiler.testing.record import TestRecord
    from tfxc.schemas.plan import Plan

OVERALL = "Overall"


class SampleRun:
    """What a run on a sample has left. It is read when it is asked for, without importing TFX.

    Asking for what there is not raises AssertionError with what there is.
    """

    def __init__(self, record: TestRecord) -> None:
        self.record = record

    def __repr__(self) -> str:
        return f"SampleRun({self.record.spec!r}, {self.report.state})"

    # The run and its nodes

    @property
    def root(self) -> Path:
        """The folder of the test: in pytest's temporary folder, or that of `tfxc test`, which removes it."""
        return Path(self.record.root)

    @property
    def report(self) -> RunReport:
        """The report, as `tfxc run --json` prints it."""
        return self.record.run

    @property
    def is_whole(self) -> bool:
        """Whether the run read all of the data and was what the spec says: see `--not-blessed auto`."""
        return self.record.is_whole

    @property
    def states(self) -> Mapping[str, str]:
        """The state of each node: ``succeeded``, ``skipped``, ``failed``, ``not_run``, ``left_out``, …"""
        return {
            **{node.node: node.state for node in self.report.nodes},
            **dict.fromkeys(self.record.left_out, "left_out"),
        }

    def assert_succeeded(self, *nodes: str) -> None:
        """Fails with the reasons unless all of these nodes succeeded; without any: unless none failed."""
        if not nodes:
            bad = [node for node in self.report.nodes if node.state in ("failed", "cancelled", "not_run")]
        else:
            bad = [self._node(name) for name in nodes]
            bad = [node for node in bad if node.state not in ("succeeded", "cached")]
        if bad:
            raise AssertionError("\n".join(map(self._why, bad)))

    def log(self, node: str) -> str:
        """Returns all that the last attempt of a node printed."""
        path = self._node(node).log
        return "" if path is None else Path(path).read_text(encoding="utf-8", errors="replace")

    # Data

    @property
    def anomalies(self) -> tuple[AnomalySummary, ...]:
        """What validators found: ``node``, ``split``, ``feature``, ``severity``, ``description``."""
        return self.report.anomalies

    def assert_no_anomalies(
        self, feature: Optional[str] = None, split: Optional[str] = None, node: Optional[str] = None
    ) -> None:
        """Fails with the anomalies of a feature, a split or a validator, or with all that there are."""
        node = self._id(node)
        found = [
            each
            for each in self.anomalies
            if feature in (None, each.feature) and split in (None, each.split) and node in (None, each.node)
        ]
        if found:
            raise AssertionError(
                "there are anomalies:\n"
                + "\n".join(
                    f"  {each.node}: {each.feature or 'the data set'} ({each.split}): {each.description}"
                    for each in found
                )
            )

    def statistics(self, split: str = "train", node: Optional[str] = None) -> StatisticsSummary:
        """Returns the statistics of a split; ``node`` is whose they are, if there are several."""
        node = self._id(node)
        found = [each for each in self.report.statistics if node in (None, each.node)]
        for each in found:
            if each.split == split:
                return each
        raise AssertionError(
            f"there are no statistics of the split `{split}`"
            + there_are(f"{each.node}: {each.split}" for each in found)
        )

    def feature(self, name: str, split: str = "train", node: Optional[str] = None) -> FeatureStatistics:
        """Returns the statistics of a feature: ``missing``, ``mean``, ``min``, ``max``, ``unique``, …"""
        statistics = self.statistics(split, node)
        for each in statistics.features:
            if each.name == name:
                return each
        raise AssertionError(
            f"`{statistics.node}` has no feature `{name}` in the split `{split}`"
            + there_are(each.name for each in statistics.features)
        )

    # Models

    def evaluation(self, node: Optional[str] = None) -> EvaluationSummary:
        """Returns what an Evaluator found; ``node`` is which, if there are several."""
        own = self._id(node)
        found = [each for each in self.report.evaluations if own in (None, each.node)]
        if len(found) != 1:
            raise AssertionError(
                (
                    "several Evaluators ran: name one"
                    if found
                    else f"no Evaluator {node or ''} was over".rstrip()
                )
                + there_are(each.node for each in self.report.evaluations)
                + "".join(f"\n{self._why(each)}" for each in self.report.nodes if each.state == "failed")
            )
        return found[0]

    def metric(self, name: str, slice: str = OVERALL, node: Optional[str] = None) -> float:
        """Returns a metric of a slice, as ``species:Gentoo``; of the whole by default."""
        evaluation = self.evaluation(node)
        for each in evaluation.metrics:
            if (each.name, each.slice) == (name, slice):
                if not isinstance(each.value, (int, float)):
                    raise AssertionError(f"the metric `{name}` of {slice} is no number: {each.value}")
                return float(each.value)
        names = dict.fromkeys(each.name for each in evaluation.metrics)
        if name in names:
            raise AssertionError(
                f"`{evaluation.node}` has no slice `{slice}`"
                + there_are(dict.fromkeys(each.slice for each in evaluation.metrics))
            )
        raise AssertionError(f"`{evaluation.node}` has no metric `{name}`" + there_are(names))

    def metrics(self, name: str, node: Optional[str] = None) -> dict[str, float]:
        """Returns a metric by slice, where it is a number."""
        return {
            each.slice: float(each.value)
            for each in self.evaluation(node).metrics
            if each.name == name and isinstance(each.value, (int, float))
        }

    def is_blessed(self, node: Optional[str] = None) -> bool:
        """Whether an Evaluator blessed the model."""
        return bool(self.evaluation(node).blessed)

    def assert_blessed(self, node: Optional[str] = None) -> None:
        """Fails with the thresholds that are missed unless the model is blessed."""
        evaluation = self.evaluation(node)
        if not evaluation.blessed:
            why = "\n  ".join(evaluation.failures) or "it gave no blessing"
            raise AssertionError(f"`{evaluation.node}` has not blessed the model:\n  {why}")

    def predict(
        self,
        rows: Union[Sequence[Mapping[str, Any]], Path, str],
        node: Optional[str] = None,
        signature: str = "serving_default",
    ) -> list[dict[str, Any]]:
        """Returns what a model says of rows, or of the rows of a file, as `tfxc predict` does.

        The model is the one that was pushed, or else the one that a node has made; ``node`` is the Pusher or
        the Trainer, if there are several. It is asked in a process of its own.
        """
        from tfxc.compiler.testing.asking import answers, model_of

        return answers(model_of(self.report, self._id(node)), rows, signature)

    # Outputs

    def artifacts(self, node: str, output: str) -> tuple[Artifact, ...]:
        """Returns what a node has put out: ``uri``, ``type``, ``properties``, ``custom_properties``."""
        return self._of(node, output)

    def artifact(self, node: str, output: str) -> Artifact:
        """Returns the one artifact that a node has put out."""
        found = self._of(node, output)
        if len(found) != 1:
            raise AssertionError(f"`{node}.{output}` has {len(found)} artifacts, not one")
        return found[0]

    def path(self, node: str, output: str) -> Path:
        """Returns where the one artifact lies that a node has put out."""
        return Path(self.artifact(node, output).uri)

    def value(self, node: str, output: str) -> Any:
        """Returns the value of an artifact that is one: a String, Integer, Float, Boolean or JsonValue."""
        from tfxc.compiler.testing.values import artifact_value

        return artifact_value(self.artifact(node, output))

    def examples(
        self, node: str, output: str = "examples", split: Optional[str] = None
    ) -> list[dict[str, Any]]:
        """Returns the examples of a split, or of all, as dicts.

        A feature with one value is that value, one with none is None, one with several is a list; bytes
        that are UTF-8 are texts. So are the ``transformed_examples`` of a Transform.
        """
        return [row for each in self._of(node, output) for row in read_examples(Path(each.uri), split)]

    @property
    def posted(self) -> Mapping[str, tuple[Any, ...]]:
        """What Alerts and PipelineTriggers would have sent, by node: the JSON that a webhook gets."""
        found: dict[str, tuple[Any, ...]] = {}
        for each in self.record.posted:
            found[each.node] = (*found.get(each.node, ()), each.body)
        return found

    @cached_property
    def plan(self) -> Plan:
        """The Plan that was run: the spec's, with what a test replaces."""
        from tfxc.backends.metadata.run_folder import RunFolder, earlier_plan

        plan = earlier_plan(RunFolder(Path(self.report.folder)))
        if plan is None:
            raise AssertionError(f"the folder of the run, {self.report.folder}, is not there any more")
        return plan

    @cached_property
    def past(self) -> Run:
        """The run as ML Metadata has it: nodes with their inputs, outputs and arguments."""
        from tfxc.backends.metadata.past import read_past

        spec = Path(self.record.spec).absolute()
        return read_past(self.plan, spec.parent, self.report.parameters).run(self.report.run_id)

    def _of(self, node: str, output: str) -> tuple[Artifact, ...]:
        report = self._node(node)
        known = {each.node: each for each in self.past.nodes}
        outputs = known[report.node].outputs if report.node in known else {}
        if output not in outputs:
            why = "" if report.state in ("succeeded", "cached") else f": {self._why(report)}"
            raise AssertionError(f"`{node}` has put out no `{output}`{why}{there_are(outputs)}")
        return outputs[output]

    def _id(self, name: Optional[str]) -> Optional[str]:
        """Returns the id of a node that is named by it or by its label, as ``trainer[rome]``."""
        ids = (node.node for node in self.report.nodes if name in (node.node, node.label))
        return next(ids, name)

    def _node(self, name: str) -> NodeReport:
        found = [node for node in self.report.nodes if name in (node.node, node.label)]
        if found:
            return found[0]
        if name in self.record.left_out:
            raise AssertionError(f"`{name}` is left out of tests: {self.record.left_out[name]}")
        raise AssertionError(
            f"there is no node `{name}`" + there_are(node.node for node in self.report.nodes)
        )

    def _why(self, node: NodeReport) -> str:
        reason = node.error.message if node.error is not None else node.reason
        return f"{node.name}: {node.state}" + (f": {reason}" if reason else "")
