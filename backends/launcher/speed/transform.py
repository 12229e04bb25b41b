"""Transform's SavedModel, which is loaded and traced again for each split: once a process instead."""

from __future__ import annotations

import functools
import threading
from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> bool:
    """Shares the loaded graph between the splits in this process, which must be a node's own.

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
