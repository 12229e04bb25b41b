"""Anomalies: ``SchemaDiff.pb``, an Anomalies of anomalies.proto, and what can be done about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Optional

from tfxc.backends.reports.artifacts.files import folder, parsed, read, split_files
from tfxc.backends.reports.artifacts.messages import metadata_module

FILE = "SchemaDiff.pb"


@dataclass(frozen=True)
class Anomaly:
    """Something in the data that the schema does not allow; ``feature`` is empty for the whole data set."""

    split: str
    feature: str
    severity: str
    short: str
    description: str
    advice: str


@dataclass(frozen=True)
class Distance:
    """How far a feature is from what it was compared with; ``kind`` is ``skew`` or ``drift``."""

    split: str
    feature: str
    kind: str
    measure: str
    value: float
    threshold: Optional[float]

    @property
    def is_over(self) -> bool:
        return self.threshold is not None and self.value > self.threshold


def read_anomalies(uri: str) -> tuple[tuple[Anomaly, ...], tuple[Distance, ...]]:
    """Returns what an ExampleAnomalies artifact holds, errors first. Raises UnreadableError."""
    message = metadata_module("anomalies_pb2").Anomalies
    anomalies: list[Anomaly] = []
    distances: list[Distance] = []
    for split, path in split_files(folder(uri), FILE):
        found = parsed(message, read(path), path)
        for feature, info in sorted(found.anomaly_info.items()):
            anomalies.append(_anomaly(split, feature, info))
        if found.HasField("dataset_anomaly_info"):
            anomalies.append(_anomaly(split, "", found.dataset_anomaly_info))
        distances.extend(_distances(split, found))
    anomalies.sort(key=lambda each: (each.severity != "ERROR", each.feature, each.split))
    return tuple(anomalies), tuple(distances)


def _anomaly(split: str, feature: str, info: Any) -> Anomaly:
    severity = str(type(info).Severity.Name(info.severity))
    reasons = [str(type(info).Type.Name(each.type)) for each in info.reason]
    # A DistributionValidator leaves nothing but the reasons.
    given = " ".join(each.description or each.short_description for each in info.reason)
    return Anomaly(
        split,
        feature,
        severity,
        info.short_description or next((each.short_description for each in info.reason), "") or "anomaly",
        info.description or info.short_description or given,
        next((advice for advice in map(advice_for, reasons) if advice), _ADVICE_OTHERWISE),
    )


def _distances(split: str, found: Any) -> Iterator[Distance]:
    for each in found.drift_skew_info:
        feature = ".".join(each.path.step)
        for kind in ("skew", "drift"):
            for measured in getattr(each, f"{kind}_measurements"):
                name = str(type(measured).Type.Name(measured.type)).replace("_", " ").lower()
                threshold = float(measured.threshold) if measured.threshold else None
                yield Distance(split, feature, kind, name, float(measured.value), threshold)


_COMPARE = (
    "Compare the distributions: if the change is real, train on newer data; if it is harmless, raise the "
    "comparator's threshold, in the schema or in the validator's `config`."
)
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "ENUM_TYPE_UNEXPECTED_STRING_VALUES": "Is the new value right? Then add it to the feature's domain "
        "in the schema, or lower `distribution_constraints.min_domain_mass`; otherwise mend the data.",
        "BOOL_TYPE": "Mend the values where the data are made, or give the feature another domain.",
        "ENUM_TYPE": "Mend the values where the data are made, or change the feature's type in the schema.",
        "SCHEMA_NEW_COLUMN": "If the column is meant, add it to the schema; "
        "otherwise take it out of the data.",
        "SCHEMA_MISSING_COLUMN": "Bring the column back, or mark the feature deprecated "
        "(`lifecycle_stage: DEPRECATED`), or say with `not_in_environment` where it need not be.",
        "FEATURE_TYPE_LOW_FRACTION_PRESENT": "Find out why values are missing, or lower the feature's "
        "`presence.min_fraction` in the schema.",
        "FEATURE_TYPE_LOW_NUMBER_PRESENT": "Find out why values are missing, or lower the feature's "
        "`presence.min_count` in the schema.",
        "FEATURE_TYPE_NOT_PRESENT": "Bring the feature back, or make it optional in the schema.",
        "FEATURE_TYPE": "Mend the number of values, or widen the feature's `value_count` in the schema.",
        "FLOAT_TYPE_HAS": "Replace NaN and infinite values before the data come in, or allow them in the "
        "feature's `float_domain`.",
        "FLOAT_TYPE": "Mend the values, or widen the feature's `float_domain` in the schema.",
        "INT_TYPE": "Mend the values, or widen the feature's `int_domain` in the schema.",
        "STRING_TYPE": "The type has changed: mend how the data are written, or change the schema's type.",
        "SCHEMA_TRAINING_SERVING_SKEW": "Make training and serving compute the feature in the same way.",
        "COMPARATOR_L_INFTY_HIGH": _COMPARE,
        "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": _COMPARE,
        "COMPARATOR": "Look at whether both data sets are whole: one of them has far other counts.",
        "DATASET": "The number of examples is out of bounds: look at whether the input is whole.",
        "STATS_NOT_AVAILABLE": "Look at whether both data sets have the feature, and whether its "
        "comparator is for its type: `infinity_norm` for texts, `jensen_shannon_divergence` for numbers.",
        "NO_DATA_IN_SPAN": "There are no data in this span: look at whether they have arrived.",
        "UNEXPECTED_DATA_TYPE": "Mend how the data are written, or change the feature's type in the schema.",
    }
)
_ADVICE_OTHERWISE = "Mend the data where they are made, or change what the schema says of the feature."


def advice_for(reason: str) -> str:
    """Returns what to do about an anomaly of a type (``AnomalyInfo.Type``); "" if it is a rare one."""
    if reason in _ADVICE:
        return _ADVICE[reason]
    near = [name for name in _ADVICE if reason.startswith(name)]
    return _ADVICE[max(near, key=len)] if near else ""
