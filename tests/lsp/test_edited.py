"""A text that was edited since it was analysed: places outside of the edit, and a server that has no time."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.lsp.client import Client
from tests.lsp.test_places import SPEC
from tfxc.compiler.lsp.edited import EditedSource, edited
from tfxc.compiler.source.tree import Source

TEXT = st.text("ab\n", max_size=12)


@given(TEXT, TEXT, TEXT, TEXT)
def test_what_was_not_edited_is_where_it_was(before: str, old: str, new: str, after: str) -> None:
    then, text = before + old + after, before + new + after
    now = edited(Source("a.yaml", then, Path()), text)
    assert now.text == text
    if not isinstance(now, EditedSource):
        assert old == new
        return
    assert then[: now.start] + text[now.start : now.new_end] + then[now.old_end :] == text
    for offset in range(len(then)):
        if now.keeps(offset, offset + 1):
            assert text[now.offset_now(offset)] == then[offset]
            assert now.offset_then(now.offset_now(offset)) == offset


def test_answers_between_an_edit_and_its_analysis(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    client.change(uri, 2, 2, 0, 0, "# a line\n# and another\n")
    definition = client.at("definition", uri, 12, 17)
    assert [each["range"]["start"] for each in definition] == [{"line": 7, "character": 2}]
    tokens = client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
    # A name that is being written is looked up in the text of this moment.
    client.change(uri, 3, 7, 2, 13, "birds")
    client.change(uri, 4, 12, 14, 25, "birds")
    definition = client.at("definition", uri, 12, 17)
    assert [each["range"]["start"] for each in definition] == [{"line": 7, "character": 2}]
    edits = client.at("rename", uri, 7, 4, newName="penguins")["changes"][uri]
    assert [each["range"]["start"]["line"] for each in edits] == [7, 12]
    while "workspace/semanticTokens/refresh" not in client.asked:
        client.read()
    assert len(tokens) == len(
        client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
    )


def test_a_name_that_was_just_written_is_renamed_with_the_others(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    client.change(uri, 2, 11, 4, 4, "depends_on: [example_gen]\n    ")
    edits = client.at("rename", uri, 5, 4, newName="birds")["changes"][uri]
    assert [each["range"]["start"]["line"] for each in edits] == [5, 10, 11, 16, 21]
    client.change(uri, 3, 0, 0, 0, "# penguins\n")
    assert "already" in client.at("rename", uri, 6, 4, newName="schema_gen")["message"]


def test_a_text_that_cannot_be_read_right_now(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    client.change(uri, 2, 2, 0, 0, "x: [\n")
    assert client.wait(uri)
    definition = client.at("definition", uri, 11, 17)
    assert [each["range"]["start"] for each in definition] == [{"line": 6, "character": 2}]
    # No edit touched the name: it is renamed where it was found when the text could be read.
    edits = client.at("rename", uri, 6, 4, newName="birds")["changes"][uri]
    assert [each["range"]["start"]["line"] for each in edits] == [6, 11, 16, 21]
    assert client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
