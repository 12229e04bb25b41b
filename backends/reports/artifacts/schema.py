"""Schemas: ``schema.pbtxt``, a Schema of schema.proto."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfxc.backends.reports.artifacts.files import UnreadableError, folder, read
from tfxc.backends.reports.artifacts.messages import metadata_module

FILE = "schema.pbtxt"
_SHOWN_VALUES = 12
_SIZES = {"INT": "integer", "FLOAT": "float", "BYTES": "text or bytes", "STRUCT": "struct"}


@dataclass(frozen=True)
class SchemaFeature:
    """What a schema says of a feature, in words; ``domain`` says which values it may have."""

    name: str
    type: str
    presence: str
    valency: str
    domain: str
    comparators: str = ""


def read_schema(uri: str) -> tuple[SchemaFeature, ...]:
    """Returns the features of a Schema artifact, or of a folder with one. Raises UnreadableError."""
    from google.protobuf import text_format

    path = folder(uri) / FILE
    schema = metadata_module("schema_pb2").Schema()
    try:
        text_format.Parse(read(path).decode("utf-8"), schema)
    except (UnicodeDecodeError, text_format.ParseError):
        raise UnreadableError(f"{path} is damaged") from None
    domains = {each.name: list(each.value) for each in schema.string_domain}
    return tuple(_features(schema.feature, domains, ""))


def _features(
    features: Sequence[Any], domains: Mapping[str, Sequence[str]], prefix: str
) -> Iterator[SchemaFeature]:
    for feature in features:
        name = f"{prefix}{feature.name}"
        type_name = str(metadata_module("schema_pb2").FeatureType.Name(feature.type))
        yield SchemaFeature(
            name,
            _SIZES.get(type_name, type_name.lower()),
            _presence(feature),
            _valency(feature),
            _domain(feature, domains),
            _comparators(feature),
        )
        if feature.HasField("struct_domain"):
            yield from _features(feature.struct_domain.feature, domains, f"{name}.")


def _presence(feature: Any) -> str:
    stage = f", {_lifecycle(feature)}" if _lifecycle(feature) else ""
    if not feature.HasField("presence"):
        return f"optional{stage}"
    fraction = float(feature.presence.min_fraction)
    if fraction >= 1.0:
        return f"required{stage}"
    return (f"in at least {fraction:.4g} of the examples" if fraction > 0 else "optional") + stage


def _lifecycle(feature: Any) -> str:
    name = str(metadata_module("schema_pb2").LifecycleStage.Name(feature.lifecycle_stage))
    return "" if name in ("UNKNOWN_STAGE", "PRODUCTION") else name.lower()


def _valency(feature: Any) -> str:
    kind = feature.WhichOneof("shape_type")
    if kind == "shape":
        sizes = [each.size for each in feature.shape.dim]
        return "one value" if sizes in ([], [1]) else f"shape {' × '.join(map(str, sizes))}"
    if kind == "value_count":
        low, high = int(feature.value_count.min), int(feature.value_count.max)
        if low == high == 1:
            return "one value"
        return f"{low} or more values" if not high else f"{low} to {high} values"
    return "any number of values"


def _domain(feature: Any, domains: Mapping[str, Sequence[str]]) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind == "domain":
        return _listed(domains.get(feature.domain, ()))
    if kind == "string_domain":
        return _listed(feature.string_domain.value)
    if kind in ("int_domain", "float_domain"):
        own = getattr(feature, kind)
        if kind == "int_domain" and own.is_categorical:
            return "categories" + (f", {_range(own)}" if _range(own) else "")
        return _range(own)
    if kind == "bool_domain":
        return "true or false"
    return "" if kind is None else kind.removesuffix("_domain").replace("_", " ")


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN_VALUES])
    return f"{shown} and {len(values) - _SHOWN_VALUES} more" if len(values) > _SHOWN_VALUES else shown


def _range(domain: Any) -> str:
    low = f"{domain.min:g}" if domain.HasField("min") else ""
    high = f"{domain.max:g}" if domain.HasField("max") else ""
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""


def _comparators(feature: Any) -> str:
    found = []
    for name in ("skew_comparator", "drift_comparator"):
        if not feature.HasField(name):
            continue
        comparator = getattr(feature, name)
        limits = []
        if comparator.HasField("infinity_norm"):
            limits.append(f"L∞ ≤ {comparator.infinity_norm.threshold:g}")
        if comparator.HasField("jensen_shannon_divergence"):
            limits.append(f"JS divergence ≤ {comparator.jensen_shannon_divergence.threshold:g}")
        found.append(f"{name.removesuffix('_comparator')}: {', '.join(limits) or 'no threshold'}")
    return "; ".join(found)
