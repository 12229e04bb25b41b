"""Features that the code of a Transform asks for, and that its schema or its data does not have: W785."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.data.inputs import LocalData
from tfxc.compiler.checks.data.schema_files import features_of, producer_of
from tfxc.compiler.checks.modules import modules_with
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.python.asked_features import asked_features
from tfxc.schemas.diagnostics import Finding, Related
from tfxc.schemas.words.suggest import closest, enumeration


def asked_in_vain(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W785: `inputs["…"]` of a ``preprocessing_fn`` for which there is no feature.

    Which there are a schema file says; without one the columns of the files, of which SchemaGen makes it.
    """
    for node, key, text, source in modules_with("preprocessing_fn", data.pipeline):
        if (nodes is not None and node.id not in nodes) or data.is_hidden(source.path):
            continue
        there, where, related, is_sure = _there(data, node)
        for asked in asked_features(source, data.pipeline.reader.finder) if there else ():
            if asked.name in there:
                continue
            near = closest(asked.name, there)
            if near is None and not is_sure:
                continue
            listed = f"there are {enumeration(there)}"
            yield Finding(
                "W785",
                f"`{text}`, line {asked.line} asks for the feature `{asked.name}`, which {where}",
                (*node.path, key),
                related=(related,) if related is not None else (),
                help=(f"did you mean `{near}`?", listed) if near is not None else (listed,),
            )


def _there(data: LocalData, node: Node) -> tuple[list[str], str, Related | None, bool]:
    """Returns the features of a Transform, what is said of one that is not there, where that is seen, and
    whether there are surely no others."""
    schema = producer_of(data, node.values.get("schema"))
    if schema is None:
        return [], "", None, True
    features = features_of(data, schema)
    if features:
        names = [feature.name for feature in features]
        where = Related((*schema.path, "schema_file"), "the features are declared here", False)
        return names, f"the schema of `{schema.id}` does not have", where, True
    statistics = producer_of(data, schema.values.get("statistics"))
    examples = producer_of(data, statistics.values.get("examples")) if statistics is not None else None
    found = data.input_of(examples) if examples is not None else None
    if examples is None or found is None or not found.is_shown:
        return [], "", None, True
    who = f"none of the first {found.sampled:,} examples" if found.sampled else "no example"
    where = Related((*examples.path, "input_base"), "the examples are read from here", False)
    return found.columns, f"{who} of `{examples.id}` has", where, not found.sampled
