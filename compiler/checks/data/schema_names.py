"""Columns that are named in a spec where only a schema file tells which there are: W783."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.data.columns import columns_named
from tfxc.compiler.checks.data.inputs import LocalData
from tfxc.compiler.checks.data.schema_files import described, features_of
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding, Related
from tfxc.schemas.words.suggest import closest, enumeration, only_closest


def names_beside_schema(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W783: a label, weight, slice or partition by a feature that the schema file of the examples lacks.

    Silent where the files themselves tell their columns: that is W762.
    """
    schemas: dict[str, list[Node]] = {}
    for schema, examples in described(data):
        schemas.setdefault(examples.id, []).append(schema)
    for producer, node, named in columns_named(data, nodes):
        found = data.input_of(producer)
        if found is not None and found.columns:
            continue
        for schema in schemas.get(producer.id, ()):
            features = [feature.name for feature in features_of(data, schema)]
            if not features:
                continue
            related = (Related((*schema.path, "schema_file"), "the features are declared here", False),)
            for path, name, what, at_key in named:
                if not name or name in features or is_templated(name):
                    continue
                near = closest(name, features)
                listed = f"the features are {enumeration(features)}"
                yield Finding(
                    "W783",
                    f"the schema of `{schema.id}`, which describes the examples of `{producer.id}`, has no "
                    f"feature `{name}`, which {what} of `{node.id}` names",
                    path,
                    at_key=at_key,
                    related=related,
                    help=(f"did you mean `{near}`?", listed) if near is not None else (listed,),
                    fix=only_closest(name, features),
                )
            break
