from typing import Dict, List

from tfx.v1.dsl.components import Parameter, component


@component
def Scorer(
    threshold: Parameter[float], names: Parameter[Dict[str, List[int]]], flag: Parameter[bool] = False
) -> None:
    pass
