"""What a run has found out: evaluations, anomalies, models, pushes, statistics, alerts and triggers."""

from __future__ import annotations

from typing import Optional, Union

from tfxc.backends.launcher.protocol.message import Message


class Metric(Message):
    """One metric of one slice; ``slice`` is ``Overall`` or ``feature:value, …``."""

    slice: str
    name: str
    value: Optional[Union[float, str]]


class EvaluationSummary(Message):
    """What an Evaluator found. ``failures`` says which threshold failed, with value and slice;
    ``empty_slices`` are slicing specs that no example is in; ``plots`` are the plots that it made, by the
    names of TFMA's metrics, and ``plotted_slices`` is how many slices they are of."""

    node: str
    blessed: Optional[bool]
    metrics: tuple[Metric, ...]
    failures: tuple[str, ...] = ()
    baseline: bool = False
    empty_slices: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    plotted_slices: int = 0


class AnomalySummary(Message):
    """An anomaly that a validator found in a split, or in a pair of splits (``split_baseline``).

    ``span`` is that of the data, if they have one.
    """

    node: str
    split: str
    feature: str
    severity: str
    description: str
    span: Optional[int] = None


class ModelSummary(Message):
    """Whether a model that a node made can be served by TensorFlow Serving. ``servable`` is None where
    that is not known, or the node does not ask for it; ``reason`` says why not, or why it is not known."""

    node: str
    output: str
    servable: Optional[bool]
    reason: str = ""


class PushSummary(Message):
    """What a Pusher did. ``destination`` is None when nothing was pushed; ``reason`` says why, or that what
    was pushed is not there any more. Of a model that was registered it is ``models:/NAME/VERSION``, and
    ``alias`` the alias that this version was given."""

    node: str
    pushed: bool
    destination: Optional[str] = None
    reason: str = ""
    alias: Optional[str] = None


class AlertSummary(Message):
    """What an Alert did. ``sent_to`` are the ways that it was sent (``webhook``, ``slack``, ``email``), none
    where it was not; ``reason`` says why not, or what of it went wrong."""

    node: str
    sent_to: tuple[str, ...] = ()
    reason: str = ""


class TriggerSummary(Message):
    """What a PipelineTrigger did. ``run`` is the id of the run that it started, None where it started none,
    and ``where`` what that belongs to, in words; ``reason`` says why it did or did not."""

    node: str
    run: Optional[str] = None
    where: str = ""
    reason: str = ""


class FailedNode(Message):
    """A node that failed, and the sentence that says why."""

    node: str
    error: str


MOST_FEATURES = 500
"""Of more features, summaries have those with the most missing values."""


TOP_VALUES = 5


LONGEST_VALUE = 60
"""How many of the frequent texts of a feature a summary has, and how many characters of each."""


class FeatureStatistics(Message):
    """One feature of a split. ``count`` examples have it, ``missing`` do not; ``top`` is the most
    frequent texts and how often they are there. What its type does not have is None."""

    name: str
    type: str
    count: int
    missing: int
    mean: Optional[float] = None
    std_dev: Optional[float] = None
    min: Optional[float] = None
    median: Optional[float] = None
    max: Optional[float] = None
    zeros: Optional[int] = None
    unique: Optional[int] = None
    top: tuple[tuple[str, float], ...] = ()


class StatisticsSummary(Message):
    """What a node that computes statistics found in a split (``""``: all of what it read).

    ``features`` are those with the most missing values where there are very many, ``feature_count`` is how
    many there are.
    """

    node: str
    output: str
    split: str
    examples: int
    features: tuple[FeatureStatistics, ...]
    feature_count: int = 0


class RunSummary(Message):
    """What a run found out, beside the states of its nodes."""

    evaluations: tuple[EvaluationSummary, ...] = ()
    anomalies: tuple[AnomalySummary, ...] = ()
    models: tuple[ModelSummary, ...] = ()
    pushes: tuple[PushSummary, ...] = ()
    statistics: tuple[StatisticsSummary, ...] = ()
    alerts: tuple[AlertSummary, ...] = ()
    triggers: tuple[TriggerSummary, ...] = ()
    notes: tuple[str, ...] = ()
    """what could not be read, one sentence each"""
