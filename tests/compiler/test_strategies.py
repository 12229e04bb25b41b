"""Resolver strategies of one's own are looked at before a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.driver import check
from tfxc.schemas.plan import ResolverComponent

HEAD = "from tfx.dsl.components.common.resolver import ResolverStrategy\n"
GOOD = HEAD + "class Newest(ResolverStrategy):\n    def resolve_artifacts(self, store, input_dict): ...\n"
SPEC = """
version: 1
name: own
components:
  chosen:
    type: Resolver
    strategy_class: STRATEGY
    config: {most: 3}
    model: {artifact_type: Model}
  pusher: {type: Pusher, model: chosen.model, push_destination: {filesystem: {base_directory: out}}}
"""


def messages(folder: Path, source: str, strategy: str = "choose.py:Newest") -> list[str]:
    (folder / "choose.py").write_text(source)
    (folder / "pipeline.yaml").write_text(SPEC.replace("STRATEGY", strategy))
    return [each.message for each in check(folder / "pipeline.yaml").diagnostics if each.code[0] != "W"]


@pytest.mark.parametrize("strategy", ["choose.py:Newest", "choose:Newest"])
def test_a_strategy_of_ones_own(tmp_path: Path, strategy: str) -> None:
    assert messages(tmp_path, GOOD, strategy) == []
    plan = check(tmp_path / "pipeline.yaml").plan
    assert plan is not None
    component = plan.node("chosen").component
    assert isinstance(component, ResolverComponent)
    assert component.strategy_class == "choose:Newest"
    assert component.config == {"most": 3}
    assert plan.node("chosen").modules() == (component.module,)
    assert plan.modules[0].files == ("choose.py",)


def test_one_that_derives_from_another(tmp_path: Path) -> None:
    source = GOOD + "class Oldest(Newest):\n    pass\n"
    assert messages(tmp_path, source, "choose.py:Oldest") == []
    source = "from tfx.v1.dsl.experimental import LatestArtifactStrategy\n"
    source += "class Newest(LatestArtifactStrategy):\n    pass\n"
    assert messages(tmp_path, source) == []


@pytest.mark.parametrize(
    ("source", "strategy", "expected"),
    [
        (GOOD, "choose.py:Newer", "`choose.py` does not define `Newer`"),
        (GOOD, "chose.py:Newest", "`chose.py` is not there"),
        (
            GOOD,
            "nowhere.at:Newest",
            "there is no module `nowhere.at`",
        ),
        ("class Newest: ...\n", "choose.py:Newest", "`Newest` in `choose.py` is no resolver strategy"),
        (
            HEAD + "class Newest(ResolverStrategy): ...\n",
            "choose.py:Newest",
            "the resolver strategy `Newest` in `choose.py` chooses nothing",
        ),
        ("def Newest(): ...\n", "choose.py:Newest", "what `choose.py` calls `Newest` is no class"),
        (GOOD, "LatestArtifactStrateg", "`chosen.strategy_class` cannot be"),
    ],
)
def test_what_is_wrong_with_one(tmp_path: Path, source: str, strategy: str, expected: str) -> None:
    (found,) = messages(tmp_path, source, strategy)
    assert found.startswith(expected)
