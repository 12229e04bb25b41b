"""Environment variables that libraries read while they are imported: later is too late for them."""

from __future__ import annotations

from collections.abc import Iterable

_READ_AT_IMPORT = (
    "ABSL_",
    "AUTOGRAPH_",
    "GRPC_",
    "JAX_",
    "KERAS_",
    "KMP_",
    "LD_",
    "MALLOC_",
    "MKL_",
    "NUMEXPR_",
    "OMP_",
    "OPENBLAS_",
    "PROTOCOL_BUFFERS_",
    "PYTHON",
    "TF_",
    "TORCH_",
    "XLA_",
)


def needs_fresh_interpreter(names: Iterable[str]) -> bool:
    """Whether one of the environment variables may be read while libraries are imported."""
    return any(name.startswith(_READ_AT_IMPORT) for name in names)
