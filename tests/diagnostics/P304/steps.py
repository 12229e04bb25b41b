from typing import List

from tfx.v1.dsl.components import Parameter, component


@component
def Scorer(threshold: Parameter[float], names: Parameter[List[str]], limit: Parameter[int] = 1) -> None:
    pass
