from __future__ import annotations

from tfx.v1.dsl.components import Parameter, component


@component
def F(name: Parameter[str] = "x") -> None: ...
