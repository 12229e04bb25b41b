from typing import TypedDict

from tfx.v1.dsl.components import Parameter, component


class Counted(TypedDict):
    next: int


@component
def Again(number: Parameter[int]) -> Counted:
    return {"next": number + 1}
