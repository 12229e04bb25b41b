"""YAML text → values with positions: by libyaml and by the pure-Python parser alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.source import compose as composing
from tfxc.compiler.source import parse as parsing
from tfxc.compiler.source.compose import DEEPEST_NESTING
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.tree import Source, SourceNode, locate, to_plain
from tfxc.schemas.diagnostics import Diagnostic, Span


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "libyaml":
        assert yaml.__with_libyaml__
    compose = composing.compose
    monkeypatch.setattr(parsing, "compose", lambda text: compose(text, libyaml=request.param == "libyaml"))


def parse(text: str) -> SourceNode:
    tree, diagnostics = parse_yaml(text, "f.yaml")
    assert diagnostics == ()
    assert tree is not None
    return tree


def only(text: str) -> Diagnostic:
    _, diagnostics = parse_yaml(text, "f.yaml")
    (diagnostic,) = diagnostics
    return diagnostic


def written(text: str, span: Span) -> str:
    """The text that a span of one line covers."""
    assert span.line == span.end_line
    return text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-a", "-a"),
        (".", "."),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01 10:00:00", "2026-01-01 10:00:00"),
        ("1.2.3", "1.2.3"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("30s", "30s"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ("!!int 12", 12),
        ("!!bool true", True),
        ("!!null", None),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    result = to_plain(parse(f"a: {text}\n"))["a"]
    assert result == value
    assert type(result) is type(value)


def test_the_key_on_stays_a_string() -> None:
    assert to_plain(parse("on: 1\nno: 2\n")) == {"on": 1, "no": 2}


@pytest.mark.parametrize(
    ("text", "likeliest"),
    [
        ("010", 10),
        ("-007", -7),
        ("1_000", 1000),
        ("1_0.5", 10.5),
        ("1:30", 90),
        ("-1:30:00", -5400),
        ("0b11", 3),
    ],
)
def test_numbers_that_versions_read_differently_are_refused(text: str, likeliest: float) -> None:
    tree, (diagnostic,) = parse_yaml(f"a: {text}\n", "f.yaml")
    assert diagnostic.code == "Y011"
    assert written(f"a: {text}", diagnostic.span or Span("", 0, 0, 0, 0)) == text
    assert tree is not None
    assert to_plain(tree) == {"a": likeliest}


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".NaN", "1e999", "9" * 5000, "1." + "0" * 5000])
def test_numbers_that_json_cannot_hold_are_refused(text: str) -> None:
    assert only(f"a: {text}\n").code == "Y011"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: b: c\n", "Y001", 1, 5),
        ("a:\n  - b\n c: 1\n", "Y001", 3, 2),
        ('a: "b\n', "Y001", 1, 6),
        ("a: @b\n", "Y001", 1, 4),
        ("a:\n\tb: 1\n", "Y002", 2, 1),
        ("a:\n  b: 1\n \tc: 1\n", "Y002", 3, 2),
        ("a: 1\nb: 2\na: 3\n", "Y003", 3, 1),
        ("a: *b\n", "Y004", 1, 4),
        ("a: &b\n  c: *b\n", "Y005", 1, 4),
        ("1: a\n", "Y007", 1, 1),
        ("null: a\n", "Y007", 1, 1),
        ("[a]: b\n", "Y007", 1, 1),
        ("a: {{ b.c }}\n", "Y007", 1, 4),
        ("a: 1\n---\nb: 2\n", "Y008", 2, 1),
        ("", "Y009", 1, 1),
        ("# only a comment\n", "Y009", 1, 1),
        ("- a\n", "Y009", 1, 1),
        ("text\n", "Y009", 1, 1),
        ("a:\n  <<: b\n", "Y010", 2, 7),
        ("a:\n  <<:\n", "Y010", 2, 3),
        ("a: !b c\n", "Y012", 1, 4),
        ("a: !!int b\n", "Y012", 1, 4),
        ("a: !!set {b, c}\n", "Y012", 1, 4),
        ("a: !!binary aGk=\n", "Y012", 1, 4),
    ],
)
def test_mistakes_have_a_code_and_a_place(text: str, code: str, line: int, column: int) -> None:
    diagnostic = only(text)
    assert diagnostic.code == code
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (line, column)


def test_a_duplicate_key_shows_the_first_one() -> None:
    diagnostic = only("name: a\nversion: 1\nname: b\n")
    (label,) = diagnostic.labels
    assert (label.span.line, label.span.column) == (1, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b: c\n", "a `:` that cannot stand here"),
        ("a: `b`\n", "a character that no value can begin with"),
        ("a: * b\n", "without a name"),
        ("a: |b\n  c\n", "text behind the |"),
        ("a: - b\n", "a list that begins behind a key"),
        ("a: 1\nb:c\n", "a key without its `:`"),
        ("a: [b\nc: 1\n", "the list in brackets is not closed"),
        ("a: {b: 1\nc: 1\n", "the mapping in braces is not closed"),
        ("a:\n  b: 1\n c: 1\n", "neither a key of this mapping"),
        ("  a: 1\n b: 1\n", "belongs to nothing above it"),
        ('a: "\\q"\n', "an escape that YAML does not know"),
        ('a: "b" c\n', "something behind the end of a value"),
        ("a: [b] c\n", "something behind the end of a value"),
    ],
)
def test_both_parsers_say_the_same_about_syntax(text: str, words: str) -> None:
    diagnostic = only(text)
    assert diagnostic.code == "Y001"
    assert words in diagnostic.message
    assert diagnostic.help


def test_several_mistakes_are_reported_at_once() -> None:
    _, diagnostics = parse_yaml("a: 010\nb: !x y\nb: 1\n3: 4\n", "f.yaml")
    assert [diagnostic.code for diagnostic in diagnostics] == ["Y011", "Y012", "Y003", "Y007"]


def test_an_unquoted_reference_says_how_to_quote_it() -> None:
    assert only("steps: {{ parameters.steps }}\n").help == ('quote it: "{{ parameters.steps }}"',)
    help = ('quote the whole value: "{{ parameters.root }}/csv"',)
    assert only("data: {{ parameters.root }}/csv\n").help == help


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "a: [", "[{a: "])
def test_deep_nesting_is_an_error_and_no_crash(opening: str) -> None:
    diagnostics = parse_yaml("a:\n  " + opening * 20_000, "f.yaml")[1]
    assert {diagnostic.code for diagnostic in diagnostics} <= {"Y001", "Y006"}
    assert diagnostics


def test_the_deepest_allowed_nesting() -> None:
    def nested(levels: int) -> str:
        return "a: " + "[" * levels + "]" * levels

    parse(nested(DEEPEST_NESTING - 1))
    assert only(nested(DEEPEST_NESTING)).code == "Y006"


def test_a_long_line_is_not_nesting() -> None:
    assert to_plain(parse(f"a: {'x' * 100_000}\n")) == {"a": "x" * 100_000}


def test_an_alias_bomb_is_refused_and_quick() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    diagnostic = only("\n".join(lines))
    assert diagnostic.code == "Y005"


def test_aliases_cannot_nest_deeper_than_brackets() -> None:
    lines = [f"a0: &a0 {'[' * 60}{']' * 60}"]
    lines += [f"a{n}: &a{n} {'[' * 60}*a{n - 1}{']' * 60}" for n in range(1, 10)]
    diagnostic = only("\n".join(lines))
    assert diagnostic.code == "Y005"
    assert "levels deep" in diagnostic.message


def test_aliases_and_merge_keys() -> None:
    text = """
base: &base {a: 1, b: {c: 2}}
more: &more {b: 3, d: 4}
one: {<<: *base, a: 5}
two: {<<: [*more, *base]}
same: *base
quoted: {"<<": 1}
"""
    assert to_plain(parse(text)) == {
        "base": {"a": 1, "b": {"c": 2}},
        "more": {"b": 3, "d": 4},
        "one": {"a": 5, "b": {"c": 2}},
        "two": {"b": 3, "d": 4, "a": 1},
        "same": {"a": 1, "b": {"c": 2}},
        "quoted": {"<<": 1},
    }


def test_a_merged_value_is_where_it_is_written() -> None:
    text = "base: &base {a: 1}\none:\n  <<: *base\n"
    assert written(text, locate(parse(text), ("one", "a"))) == "1"


TEXT = """version: 1
name: penguin   # a comment
components:
  trainer:
    type: Trainer
    examples: transform.examples
    train_args: {num_steps: 5}
    eval_args:
      num_steps: 6

  # the last one
  pusher:
    depends_on: [a, "b"]
    empty:
äöü: 日本
"""


@pytest.mark.parametrize(
    ("path", "at_key", "expected"),
    [
        (("name",), False, "penguin"),
        (("name",), True, "name"),
        (("components", "trainer", "examples"), False, "transform.examples"),
        (("components", "trainer", "train_args"), False, "{num_steps: 5}"),
        (("components", "trainer", "train_args", "num_steps"), False, "5"),
        (("components", "trainer", "eval_args"), False, "eval_args"),
        (("components", "trainer"), False, "trainer"),
        (("components", "trainer", "missing"), False, "trainer"),
        (("components", "trainer", "examples", "deeper"), False, "examples"),
        (("components", "nobody", "missing"), False, "components"),
        (("components", "pusher", "depends_on"), False, '[a, "b"]'),
        (("components", "pusher", "depends_on", 1), False, '"b"'),
        (("components", "pusher", "depends_on", 0), True, "a"),
        (("components", "pusher", "depends_on", 7), False, "depends_on"),
        (("components", "pusher", "empty"), False, "empty"),
        (("äöü",), False, "日本"),
        (("missing",), False, "version"),
        ((), False, "version"),
    ],
)
def test_locate(path: tuple[str | int, ...], at_key: bool, expected: str) -> None:
    assert written(TEXT, locate(parse(TEXT), path, at_key)) == expected


def test_columns_count_characters() -> None:
    text = 'ключ: {"日本語": значение}\n'
    span = locate(parse(text), ("ключ", "日本語"))
    assert (span.line, span.column, span.end_column) == (1, 15, 23)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(end: str) -> None:
    text = f"a: 1{end}b:{end}  c: x{end}"
    assert locate(parse(text), ("b", "c")) == Span("f.yaml", 3, 6, 3, 7)


@pytest.mark.parametrize(
    ("text", "value", "part", "expected"),
    [
        ("a: one.two", "one.two", (4, 7), "two"),
        ("a: 'it''s one.two'", "it's one.two", (9, 12), "two"),
        (r'a: "\u0041\n\"one.two"', 'A\n"one.two', (7, 10), "two"),
        (r'a: "one \"{{ x }}\""', 'one "{{ x }}"', (5, 12), "{{ x }}"),
        ("a: |\n  first\n  one.two\n", "first\none.two\n", (10, 13), "two"),
        ("a: |2-\n  first\n   one.two\n", "first\n one.two", (11, 14), "two"),
        ("a: >\n  first\n  one.two\n\n  third\n", "first one.two\nthird\n", (10, 13), "two"),
        ("a: first\n  one.two\n", "first one.two", (10, 13), "two"),
        ('a: "first \\\n  one.two"\n', "first one.two", (10, 13), "two"),
        ("a: 'first\n\n  one.two'\n", "first\none.two", (10, 13), "two"),
        ("a: 日本.two\n", "日本.two", (3, 6), "two"),
    ],
)
def test_a_part_of_a_string(text: str, value: str, part: tuple[int, int], expected: str) -> None:
    tree = parse(text)
    assert to_plain(tree) == {"a": value}
    assert value[slice(*part)] == expected
    assert written(text, locate(tree, ("a",), part=part)) == expected


def test_a_part_that_is_not_there_is_the_whole_value() -> None:
    tree = parse("a: one\n")
    assert locate(tree, ("a",), part=(2, 9)) == locate(tree, ("a",))
    assert locate(tree, ("a",), part=(2, 2)) == locate(tree, ("a",))


def test_block_values_end_with_their_text() -> None:
    text = "a:\n  b: 1\n  c: 2\n\n# comment\nd: |\n  text\n\n\ne: 1\n"
    tree = parse(text)
    assert tree.value["a"].node.span == Span("f.yaml", 2, 3, 3, 7)
    assert tree.value["d"].node.span == Span("f.yaml", 6, 4, 7, 7)


def test_a_source_knows_its_lines() -> None:
    text = Source("f", "one\r\ntwo\rthree\n\nfive", Path())
    assert [text.line(number) for number in range(7)] == ["", "one", "two", "three", "", "five", ""]
    assert text.position(len(text.text)) == (5, 5)


# PyYAML writes YAML 1.1, where `1e3` is a string and U+0085 and its kin end lines
CHARACTERS = st.characters(
    exclude_categories=["Cs"], exclude_characters="0123456789\x85\u2028\u2029\ufeff\ufffe\uffff"
)
KEYS = st.text(CHARACTERS, min_size=1, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(CHARACTERS, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON, min_size=1, max_size=4), st.booleans())
def test_whatever_pyyaml_writes_is_read_back_with_its_place(document: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    tree = parse(text)
    assert to_plain(tree) == document
    for name, value in document.items():
        key = locate(tree, (name,), at_key=True)
        assert key.file == "f.yaml"
        if isinstance(value, int) and not isinstance(value, bool):
            assert written_lines(text, locate(tree, (name,))) == str(value)


def written_lines(text: str, span: Span) -> str:
    lines = Source("f", text, Path())
    return lines.line(span.line)[span.column - 1 : span.end_column - 1]


@given(st.text(alphabet="ab :-[]{}\"'|>&*!#%@`,?~\n\t 01é日<", max_size=60))
def test_any_text_gives_a_tree_or_an_error_with_a_place(text: str) -> None:
    tree, diagnostics = parse_yaml(text, "f.yaml")
    assert tree is not None or diagnostics
    lines = Source("f.yaml", text, Path())
    for diagnostic in diagnostics:
        span = diagnostic.span
        assert span is not None
        assert 1 <= span.line <= len(lines.line_starts)
        assert 1 <= span.column <= len(lines.line(span.line)) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
