"""What Transform loads or traces again and again, done once in a process.

The SavedModel of the transformation is loaded and traced for each split. The user's preprocessing_fn is
traced five times only to see which columns it reads and what may come from the analyzer cache.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> list[str]:
    """Shares graphs in this process, which must be a node's own. Returns which."""
    shared = {"loaded": _share_loaded_graphs(), "inspected": _share_inspected_graphs()}
    return [name for name, is_shared in shared.items() if is_shared]


def _share_loaded_graphs() -> bool:
    """Shares the loaded graph between the splits.

    A graph is that of its folder, which nobody writes to once it is loaded, of the inputs that it is fed
    with and of the outputs that are left out. It has no state, and all that runs it is allowed to do so
    from several threads. Returns whether it was replaced: not where tensorflow_transform is not there,
    nor where it is not what this was written for.
    """
    try:
        from tensorflow_transform.beam import impl
    except ImportError:
        return False
    dofn = getattr(impl, "_RunMetaGraphDoFn", None)
    make: Any = getattr(dofn, "_make_graph_state", None)
    if dofn is None or not has_lines(
        make,
        "if self._use_tf_compat_v1:",
        "result = self._GraphStateV2(saved_model_dir,",
        "self._get_input_tensor_names(),",
        "self._exclude_outputs)",
    ):
        return False
    known: dict[tuple[str, frozenset[str], frozenset[str]], Any] = {}
    lock = threading.Lock()

    @functools.wraps(make)
    def _make_graph_state(self: Any, saved_model_dir: str) -> Any:
        if self._use_tf_compat_v1:
            # A session of TensorFlow 1 has a configuration of its own.
            return make(self, saved_model_dir)
        key = (
            saved_model_dir,
            frozenset(self._get_input_tensor_names()),
            frozenset(self._exclude_outputs or ()),
        )
        with lock:
            if key not in known:
                known[key] = make(self, saved_model_dir)
            return known[key]

    dofn._make_graph_state = _make_graph_state
    return True


def _share_inspected_graphs() -> bool:
    """Traces a preprocessing_fn once for all that only looks at the graph, with the same columns.

    What is computed, and what goes into the SavedModel, is traced as ever, with a folder for its assets: that
    tells the two apart. Returns whether it was replaced.
    """
    try:
        from tensorflow_transform import analyzer_nodes, impl_helper
    except ImportError:
        return False
    trace: Any = getattr(impl_helper, "trace_preprocessing_function", None)
    if not has_lines(
        trace, "if use_tf_compat_v1:", "return _trace_preprocessing_fn_v1(preprocessing_fn, input_specs)"
    ):
        return False
    sinks = analyzer_nodes.TENSOR_REPLACEMENTS
    # The first part keeps the function alive, so that its id stays its own; looking takes the last away.
    known: dict[tuple[int, frozenset[Any]], tuple[Any, Any, list[Any]]] = {}

    @functools.wraps(trace)
    def trace_preprocessing_function(
        preprocessing_fn: Any, input_specs: Any, use_tf_compat_v1: bool, base_temp_dir: Any = None
    ) -> Any:
        if use_tf_compat_v1 or base_temp_dir is not None:
            return trace(preprocessing_fn, input_specs, use_tf_compat_v1, base_temp_dir)
        key = (id(preprocessing_fn), frozenset(input_specs.items()))
        if key not in known:
            traced = trace(preprocessing_fn, input_specs, use_tf_compat_v1, base_temp_dir)
            known[key] = (preprocessing_fn, traced, traced[0].get_collection(sinks))
        _, (graph, inputs, outputs), found = known[key]
        graph.clear_collection(sinks)
        for sink in found:
            graph.add_to_collection(sinks, sink)
        return graph, inputs, outputs

    impl_helper.trace_preprocessing_function = trace_preprocessing_function
    return True
