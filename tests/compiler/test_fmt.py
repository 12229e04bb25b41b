"""``tfxc fmt``: one layout, which says the same and keeps every comment."""

from __future__ import annotations

import io
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.cli import run
from tfxc.compiler.driver import check
from tfxc.compiler.layout.canonical import NoLayoutError, canonical
from tfxc.compiler.layout.lines import comments_in
from tfxc.compiler.source.files import Overlay
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.tree import to_plain

ROOT = Path(__file__).parents[2]
WHOLE = sorted([*ROOT.glob("specs/*/pipeline.yaml"), *ROOT.glob("tests/diagnostics/[WB]*/spec.yaml")])

NASTY = """\
%YAML 1.2
---
# head

version:   1   # one



x-shared: &shared   # kept
    retries:   2
name: 'nasty'
components:   # trailing

    # before a
    a:
        input_base: 'it''s'
        when:   x
        # above the type
        type:   CsvExampleGen\t# after a tab
        # dangling in a

        # and more

    b: &b {type: X,   y: [1,2,
       3], "z":1 , e: , f: {}, g: [ ] }   # c
# commented: out
    c:
      <<: *b
      "d": |2
          block
            # no comment

      # after block
      e: >-
        folded
        text
      f:
      - 1
      -   2  # two
      - - nested
        - {a: b}
      -
        q: 1
        r:   2
      -  # alone
        s: !!str 5
      g: 0x1F
      h: "quoted \\u00e9
          more \\
          and more"
      i: [
        a,   # com
          # between
        b
      ]
      j:
        plain
         multi # not a text
      k: |+  # keeps
          lines


      ü: 日本語 # 注釈
      l:
      *shared : z
      m: *shared
      n: &empty
      o: - x
# end
""".replace("      o: - x\n", "").replace("      *shared : z\n", "")

LAID_OUT = """\
version: 1
name: x

components:
  a:
    type: CsvExampleGen
    input_base: data
    execution: {retries: 1}
"""
INDENTED = LAID_OUT.replace("\n  ", "\n     ").replace("\n\n", "\n")


def meaning(text: str) -> object:
    tree, diagnostics = parse_yaml(text, "", Path())
    assert tree is not None, diagnostics
    return to_plain(tree)


def is_yaml(path: Path) -> bool:
    try:
        return not parse_yaml(path.read_bytes().decode(), "", Path())[1]
    except UnicodeDecodeError:
        return False


def holds(text: str) -> str:
    """Returns the layout of a text, after looking at all that is promised of it."""
    new = canonical(text)
    assert canonical(new) == new
    assert meaning(new) == meaning(text)
    assert Counter(comments_in(new.replace("\r", ""))) == Counter(comments_in(text.replace("\r", "")))
    return new


def test_every_spec_says_the_same_in_the_same_plan() -> None:
    plans = 0
    for path in filter(is_yaml, WHOLE):
        text = path.read_bytes().decode()
        new = holds(text)
        if new == text:
            continue
        before = check(path)
        if before.has_errors:
            continue
        after = check(path, files=Overlay({path: new}))
        assert (before.plan, len(before.diagnostics)) == (after.plan, len(after.diagnostics)), path
        plans += 1
    assert plans


def test_the_examples_are_laid_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--check", str(ROOT / "specs")]) == 0
    assert capsys.readouterr().out == ""


def test_what_is_hard_keeps_its_meaning_and_comments() -> None:
    for text in (NASTY, NASTY.replace("\n", "\r\n"), NASTY.rstrip("\n")):
        new = holds(text)
        assert ("\r\n" in new) == ("\r\n" in text)
        assert new.endswith("\n")


def test_the_layout() -> None:
    text = (
        "# head\nname:   x\nversion: 1\ncomponents:\n    # about a\n    a:\n"
        "        execution: { retries: 1 }   # twice\n\n\n        input_base: 'data'\n"
        "        type:  CsvExampleGen\n    b: {type: X}\nparameters:\n- 1\n-   2\n"
    )
    assert canonical(text) == (
        "# head\nversion: 1\nname: x\n\nparameters:\n  - 1\n  - 2\n\ncomponents:\n  # about a\n  a:\n"
        '    type: CsvExampleGen\n\n    input_base: "data"\n    execution: {retries: 1}  # twice\n\n'
        "  b: {type: X}\n"
    )


def test_an_anchor_stays_before_its_aliases() -> None:
    text = "version: 1\ncomponents:\n  a: &a {type: X}\n\nparameters: {p: *a}\n"
    assert holds(text) == text


def test_lines_that_end_in_cr_are_refused() -> None:
    with pytest.raises(NoLayoutError):
        canonical("version: 1\rname: x\r")


_TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["- a", "a: b", "# x", "yes", "1.0", "a\nb\n\n", " x", "'", "|"])
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["version", "name", "components", "x-a", "backends"]), _VALUES, min_size=1
    ),
    st.integers(2, 7),
    st.booleans(),
    st.integers(20, 90),
    st.lists(st.sampled_from(["# c", "", "    # deep", "# ü: - x"]), max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_document_keeps_its_meaning(
    document: dict[str, object], indent: int, flow: bool, width: int, comments: list[str], random: object
) -> None:
    import yaml

    text = yaml.safe_dump(
        document,
        indent=indent,
        default_flow_style=flow or None,
        width=width,
        allow_unicode=True,
        sort_keys=False,
    )
    lines = text.split("\n")
    for comment in comments:
        lines.insert(random.randrange(len(lines)), comment)  # type: ignore[attr-defined]
    text = "\n".join(lines)
    if parse_yaml(text, "", Path())[1]:
        return
    holds(text)


def test_files_are_written_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(name).mkdir()
    Path("a/pipeline.yaml").write_text(LAID_OUT)
    Path("b/pipeline.yaml").write_bytes(b"\xef\xbb\xbf" + INDENTED.encode())
    assert run(["fmt", ".", "--check"]) == 1
    assert capsys.readouterr().out == "b/pipeline.yaml\n"
    assert run(["fmt", ".", "--diff"]) == 1
    assert capsys.readouterr().out.startswith("--- a/b/pipeline.yaml\n")
    assert run(["fmt", "."]) == 0
    assert Path("b/pipeline.yaml").read_bytes() == b"\xef\xbb\xbf" + LAID_OUT.encode()
    capsys.readouterr()
    assert run(["fmt", ".", "--check"]) == 0


def test_of_a_folder_the_specs_are_those_that_validate_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tfxc.toml").write_text('exclude = ["old"]\n')
    for name in ("a/taxi.pipeline.yaml", "old/pipeline.yaml", "venv/pipeline.yaml"):
        Path(name).parent.mkdir()
        Path(name).write_text(INDENTED)
    Path("venv/pyvenv.cfg").write_text("")
    assert run(["fmt", ".", "--check"]) == 1
    assert capsys.readouterr().out == "a/taxi.pipeline.yaml\n"


def test_standard_input_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(INDENTED.encode())))
    assert run(["fmt", "-"]) == 0
    assert capsys.readouterr().out == LAID_OUT


@pytest.mark.parametrize("text", ["a: [", "a: 1\n---\nb: 2\n", "a:\n\tb: 1\n", "a: 1\na: 2\n"])
def test_what_is_no_spec_stays(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pipeline.yaml").write_text(text)
    assert run(["fmt", "pipeline.yaml"]) == 1
    assert Path("pipeline.yaml").read_text() == text
    assert "pipeline.yaml is left as it is" in capsys.readouterr().err
