"""Values in the types that TFX demands: 3 is no float for it, and a mapping no proto."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest

pytestmark = pytest.mark.tfx


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        (float, 3, 3.0),
        (float, True, True),
        (float, "3", "3"),
        (int, 3, 3),
        (list[float], [1, 2.5], [1.0, 2.5]),
        (dict[str, list[float]], {"a": [1]}, {"a": [1.0]}),
        (Optional[float], 1, 1.0),
        (Optional[float], None, None),
        (Union[int, float], 1, 1),
        (Union[list[float], None], [1], [1.0]),
        (list, [1], [1]),
        (Any, 1, 1),
    ],
)
def test_integers_become_floats_where_only_floats_are_taken(declared: Any, value: Any, expected: Any) -> None:
    from tfxc.backends.launcher.build.arguments import as_declared

    found = as_declared(declared, value, "step.p")
    assert (repr(found), type(found)) == (repr(expected), type(expected))


def test_the_json_form_of_a_proto_becomes_the_proto() -> None:
    from tfx.proto.trainer_pb2 import TrainArgs

    from tfxc.backends.launcher.build.arguments import as_declared

    assert as_declared(TrainArgs, {"num_steps": 3}, "step.p") == TrainArgs(num_steps=3)
    assert as_declared(TrainArgs, '{"num_steps": 3}', "step.p") == '{"num_steps": 3}'


def test_an_unknown_field_of_a_proto_is_refused() -> None:
    from tfx.proto.trainer_pb2 import TrainArgs

    from tfxc.backends.launcher.build.arguments import as_declared
    from tfxc.schemas.failures import Failure

    with pytest.raises(Failure, match=r"num_stepz"):
        as_declared(TrainArgs, {"num_stepz": 3}, "step.p")
