"""Files that extend each other, environments, and where each value of the merged document is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.source.load import Loaded, load
from tfxc.compiler.source.merge import compose_patches, merge_patch
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.read import LARGEST_FILE, UnreadableFileError
from tfxc.compiler.source.tree import SourceNode, locate, to_plain

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def codes(loaded: Loaded) -> list[str]:
    return [diagnostic.code for diagnostic in loaded.diagnostics]


def document(loaded: Loaded) -> dict[str, Any]:
    assert loaded.diagnostics == ()
    return dict(loaded.document)


BASE = """version: 1
name: base
components:
  a: {type: X, one: 1, list: [1, 2]}
  b: {type: Y}
environments:
  prod: {name: base-prod, components: {a: {one: null}}}
"""
DERIVED = """extends: base.yaml
name: derived
components:
  a: {list: [3], two: 2}
  b: null
  c: {type: Z}
environments:
  prod: {components: {a: {three: 3}}}
  test: {name: derived-test}
"""


def test_a_single_file_keeps_its_nulls(write: Write) -> None:
    assert document(load(write("a.yaml", "name: a\nschema: null\n"))) == {"name": "a", "schema": None}


def test_a_file_is_a_merge_patch_over_what_it_extends(write: Write) -> None:
    write("base.yaml", BASE)
    merged = document(load(write("derived.yaml", DERIVED)))
    assert merged == {
        "version": 1,
        "name": "derived",
        "components": {"a": {"type": "X", "one": 1, "list": [3], "two": 2}, "c": {"type": "Z"}},
        "extends": "base.yaml",
        "environments": {
            "prod": {"name": "base-prod", "components": {"a": {"one": None, "three": 3}}},
            "test": {"name": "derived-test"},
        },
    }


def test_an_environment_comes_last_that_of_the_base_before_ours(write: Write) -> None:
    write("base.yaml", BASE)
    merged = document(load(write("derived.yaml", DERIVED), "prod"))
    assert merged["name"] == "base-prod"
    assert merged["components"]["a"] == {"type": "X", "list": [3], "two": 2, "three": 3}


def test_a_chain_of_files_in_several_folders(write: Write) -> None:
    write("shared/base.yaml", "name: base\npath: data\nroot: runs\n")
    write("shared/team/middle.yaml", "extends: ../base.yaml\nroot: middle\n")
    path = write("mine/spec.yaml", "extends: ../shared/team/middle.yaml\nname: mine\n")
    loaded = load(path)
    assert {"name": "mine", "path": "data", "root": "middle"}.items() <= document(loaded).items()
    folder = path.parent.parent
    assert os.path.normpath(loaded.origin_of(("path",))) == str(folder / "shared")
    assert os.path.normpath(loaded.origin_of(("root",))) == str(folder / "shared" / "team")
    assert os.path.normpath(loaded.origin_of(("name",))) == str(folder / "mine")
    assert loaded.origin_of(("nowhere", 3)) == loaded.folder


def test_every_value_is_where_the_winning_file_writes_it(write: Write) -> None:
    write("base.yaml", BASE)
    loaded = load(write("derived.yaml", DERIVED), "prod")
    assert loaded.tree is not None

    def place(*path: str | int) -> tuple[str, int, int]:
        assert loaded.tree is not None
        span = locate(loaded.tree, path)
        return Path(span.file).name, span.line, span.column

    assert place("version") == ("base.yaml", 1, 10)
    assert place("components", "a", "type") == ("base.yaml", 4, 13)
    assert place("components", "a", "list", 0) == ("derived.yaml", 4, 14)
    assert place("components", "a", "two") == ("derived.yaml", 4, 23)
    assert place("components", "a", "three") == ("derived.yaml", 8, 34)
    assert place("components", "a") == ("base.yaml", 4, 6)
    assert place("components", "c", "missing") == ("derived.yaml", 6, 3)
    assert place("name") == ("base.yaml", 7, 16)


def test_a_symbolic_link_s_parent_is_where_the_link_is(write: Write, tmp_path: Path) -> None:
    write("real/deep/spec.yaml", "extends: ../base.yaml\nname: a\n")
    write("real/base.yaml", "version: 1\n")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    assert document(load(tmp_path / "link" / "spec.yaml"))["version"] == 1


def test_an_unknown_environment_leaves_the_document_to_be_checked(write: Write) -> None:
    loaded = load(write("a.yaml", "name: a\nenvironments:\n  production: {}\n"), "prodcution")
    (diagnostic,) = loaded.diagnostics
    assert diagnostic.code == "P351"
    assert "did you mean `production`?" in diagnostic.help
    assert loaded.document["name"] == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("environments: [a]\n", ["P352"]),
        ("environments:\n  a: 1\n  b: {}\n  c:\n", ["P352"]),
        ("environments:\n  a: {extends: b, environments: {}}\n", ["P353", "P353"]),
        ("environments:\n", []),
        ("extends: [a]\n", ["P356"]),
        ("extends: 3\n", ["P356"]),
        ('extends: ""\n', ["P356"]),
        ("extends:\n", []),
        ("extends: nowhere.yaml\n", ["P354"]),
        ("extends: .\n", ["P354"]),
        ("extends: a.yaml\n", ["P355"]),
        ('extends: "a\\0b"\n', ["P356"]),
        (f"extends: {'a' * 5000}\n", ["P354"]),
    ],
)
def test_mistakes_of_layers(write: Write, text: str, expected: list[str]) -> None:
    assert codes(load(write("a.yaml", f"name: a\n{text}"))) == expected


def test_the_mistakes_of_a_base_are_at_the_base(write: Write) -> None:
    write("base.yaml", "a: 1\na: 2\n")
    loaded = load(write("spec.yaml", "extends: base.yaml\nb: 1\nb: 2\n"))
    places = [(d.code, Path(d.span.file).name) for d in loaded.diagnostics if d.span]
    assert places == [("Y003", "spec.yaml"), ("Y003", "base.yaml")]
    assert {Path(file).name for file in loaded.sources} == {"base.yaml", "spec.yaml"}


def test_a_circle_shows_every_hop_but_not_the_way_to_it(write: Write) -> None:
    write("one.yaml", "extends: two.yaml\n")
    write("two.yaml", "extends: three.yaml\n")
    write("three.yaml", "extends: ./one.yaml\n")
    (diagnostic,) = load(write("spec.yaml", "extends: one.yaml\n")).diagnostics
    assert "one.yaml → two.yaml → three.yaml → one.yaml" in diagnostic.message
    assert diagnostic.span is not None
    files = [Path(span.file).name for span in (diagnostic.span, *(label.span for label in diagnostic.labels))]
    assert files == ["three.yaml", "one.yaml", "two.yaml"]


def test_a_circle_by_way_of_a_link_is_found(write: Write, tmp_path: Path) -> None:
    path = write("a.yaml", "extends: b.yaml\n")
    (tmp_path / "b.yaml").symlink_to(path)
    assert codes(load(path)) == ["P355"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: caf\xe9\n", "the byte 0xe9 is not UTF-8"),
        ("name: a\n".encode("utf-16"), "UTF-16"),
        (b"name: \x00\n", "U+0000"),
        (b'name: "\x1b[31m"\n', "U+001B"),
        ("name: \ud800\n".encode("utf-8", "surrogatepass"), "not UTF-8"),
        (b"#" * (LARGEST_FILE + 1), "larger than 16 MiB"),
    ],
)
def test_bytes_that_are_no_yaml(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    (diagnostic,) = load(path).diagnostics
    assert message in diagnostic.message


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\n")
    loaded = load(path)
    assert document(loaded) == {"name": "a"}
    assert loaded.tree is not None
    assert locate(loaded.tree, ("name",)).column == 7


def test_the_place_of_a_bad_byte_counts_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: é\nb: é".encode() + b"\xff\n")
    (diagnostic,) = load(path).diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 5)


@pytest.mark.parametrize("name", ["nowhere.yaml", ".", "fifo", "null", "dangling", "file/below"])
def test_what_is_no_file_is_no_crash(write: Write, tmp_path: Path, name: str) -> None:
    write("file", "")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "null").symlink_to(os.devnull)
    (tmp_path / "dangling").symlink_to("gone")
    with pytest.raises(UnreadableFileError):
        load(tmp_path / name)


PLAIN = st.recursive(
    st.none() | st.integers(0, 3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), PLAIN, max_size=3)


def reference_merge(target: Any, patch: Any) -> Any:
    """RFC 7396's own pseudocode."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = reference_merge(result.get(name), value)
    return result


def tree_of(value: dict[str, Any]) -> SourceNode:
    import json

    tree, _ = parse_yaml(json.dumps(value), "f")
    assert tree is not None
    return tree


@given(MAPPINGS, MAPPINGS)
def test_merging_is_rfc_7396(target: dict[str, Any], patch: dict[str, Any]) -> None:
    assert to_plain(merge_patch(tree_of(target), tree_of(patch))) == reference_merge(target, patch)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return value


@given(MAPPINGS, MAPPINGS)
def test_a_composed_patch_deletes_what_either_deletes_last(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    composed = to_plain(compose_patches(tree_of(first), tree_of(second)))
    for name, value in second.items():
        if value is None or not isinstance(value, dict):
            assert composed[name] == value
    assert composed.keys() == first.keys() | second.keys()
