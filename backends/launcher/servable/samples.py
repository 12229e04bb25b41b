"""Values to call the signatures of a graph with: made from what the graph itself says about them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from tfxc.backends.launcher.servable.session import STRING, Feed

_FLOAT, _INT64 = 1, 9
_WITHOUT_VALUES = frozenset({20, 21})
"""DT_RESOURCE and DT_VARIANT"""
_TEXT = b"0"
"""What stands for a text: one that also reads as a number."""
_PARSERS = frozenset({"ParseExample", "ParseExampleV2", "ParseSingleExample"})

Feature = tuple[int, int]
"""data type and number of values"""
Scope = Mapping[str, Any]
"""the nodes of a graph or of a function by their names"""


def feeds_of(meta_graph: Any, signature: Any, example: type[Any]) -> Optional[list[Feed]]:
    """Returns what to call a signature with; None if it takes what no client can send.

    ``example`` is the message tf.train.Example: an input of serialised examples gets one with every feature
    that the graph parses.
    """
    features = features_of(meta_graph, signature)
    text = _example(features, example) if features else _TEXT
    feeds = []
    for info in signature.inputs.values():
        if info.WhichOneof("encoding") != "name" or info.dtype in _WITHOUT_VALUES:
            return None
        content = text if info.dtype == STRING else b""
        feeds.append(Feed(info.name, info.dtype, _shape(info.tensor_shape, batch=True), content))
    return feeds


def features_of(meta_graph: Any, signature: Any) -> dict[str, Feature]:
    """Returns the features of examples that a signature parses: none if it takes no examples."""
    return dict(_features(meta_graph, signature))


def fetches_of(signature: Any) -> list[str]:
    """Returns the tensors that a signature gives."""
    names: list[str] = []
    for info in signature.outputs.values():
        encoding = info.WhichOneof("encoding")
        if encoding == "name":
            names.append(info.name)
        elif encoding == "coo_sparse":
            sparse = info.coo_sparse
            names += [sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name]
        elif encoding == "composite_tensor":
            names += [each.name for each in info.composite_tensor.components]
    return names


def _shape(shape: Any, batch: bool = False) -> tuple[int, ...]:
    """Returns a shape with 1 for every dimension that is not known."""
    if shape.unknown_rank:
        return (1,) if batch else ()
    return tuple(each.size if each.size >= 0 else 1 for each in shape.dim)


def _example(features: Mapping[str, Feature], example: type[Any]) -> bytes:
    """Returns a serialised example with these features."""
    made = example()
    for name, (dtype, count) in features.items():
        feature = made.features.feature[name]
        if dtype == STRING:
            feature.bytes_list.value.extend([_TEXT] * count)
        elif dtype == _INT64:
            feature.int64_list.value.extend([0] * count)
        elif dtype == _FLOAT:
            feature.float_list.value.extend([0.0] * count)
    content: bytes = made.SerializeToString()
    return content


def _features(meta_graph: Any, signature: Any) -> Iterator[tuple[str, Feature]]:
    """Yields the features that are parsed on the way to a signature's outputs."""
    for scope, node in _reached(meta_graph.graph_def, signature):
        if node.op in _PARSERS:
            yield from _parsed(scope, node)


def _reached(graph: Any, signature: Any) -> Iterator[tuple[Scope, Any]]:
    """Yields the nodes that a signature's outputs depend on, those of called functions too."""
    functions = {each.signature.name: each for each in graph.library.function}
    main = {node.name: node for node in graph.node}
    waiting = [_node_of(tensor) for tensor in fetches_of(signature)]
    seen: set[str] = set()
    called: list[str] = []
    while waiting:
        name = waiting.pop()
        if name in seen or name not in main:
            continue
        seen.add(name)
        yield main, main[name]
        called += _called(main[name])
        waiting += map(_node_of, main[name].input)
    done: set[str] = set()
    while called:
        name = called.pop()
        if name in done or name not in functions:
            continue
        done.add(name)
        scope = {node.name: node for node in functions[name].node_def}
        for node in scope.values():
            yield scope, node
            called += _called(node)


def _called(node: Any) -> Iterator[str]:
    """Yields the functions that a node may call."""
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        for function in value.list.func:
            yield function.name


def _node_of(tensor: str) -> str:
    return tensor.removeprefix("^").partition(":")[0]


def _parsed(scope: Scope, node: Any) -> Iterator[tuple[str, Feature]]:
    """Yields the features that a node parses: dense ones as long as they must be, others with one value."""
    attributes = node.attr
    dense_types = attributes["Tdense"].list.type
    shapes = attributes["dense_shapes"].list.shape
    sparse_types = attributes["sparse_types"].list.type
    sparse, dense, ragged = _keys(scope, node, len(sparse_types), len(dense_types))
    for key, dtype, shape in zip(dense, dense_types, shapes, strict=False):  # no names: they are computed
        yield key, (dtype, math.prod(_shape(shape)))
    types = attributes["ragged_value_types"].list.type
    for key, dtype in [*zip(sparse, sparse_types, strict=False), *zip(ragged, types, strict=False)]:
        yield key, (dtype, 1)


def _keys(
    scope: Scope, node: Any, sparse_count: int, dense_count: int
) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Returns the names of a node's sparse, dense and ragged features."""
    if node.op == "ParseSingleExample":
        lists = [node.attr[name].list.s for name in ("sparse_keys", "dense_keys")]
        sparse, dense = ([key.decode(errors="replace") for key in keys] for keys in lists)
        return sparse, dense, ()
    if node.op == "ParseExampleV2":  # serialized, names, sparse_keys, dense_keys, ragged_keys, …
        sparse, dense, ragged = (_constant(scope, name) for name in node.input[2:5])
        return sparse, dense, ragged
    first, middle = 2, 2 + sparse_count
    sparse = [key for name in node.input[first:middle] for key in _constant(scope, name)]
    dense = [key for name in node.input[middle : middle + dense_count] for key in _constant(scope, name)]
    return sparse, dense, ()


def _constant(scope: Scope, tensor: str) -> list[str]:
    """Returns the texts of a constant; none if it is computed."""
    node = scope.get(_node_of(tensor))
    if node is None or node.op != "Const":
        return []
    return [value.decode(errors="replace") for value in node.attr["value"].tensor.string_val]
