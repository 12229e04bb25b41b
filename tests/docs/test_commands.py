"""Every command line in the documentation is one that the command takes."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main
import yaml

from tfxc.backends.launcher.command_parser import command_parser
from tfxc.compiler.cli import app

PLACEHOLDERS = re.compile(r"(?<=\s)(…|\[[A-Z]+\])(?=\s|$)")
"""What may stand in a short form in running text in place of arguments."""


def _commands(text: str) -> Iterator[list[str]]:
    """Yields the words of every command in shell text, in pipes and lists too."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        words: list[str] = []
        for token in lexer:
            if set(token) <= set("|&;"):
                yield words
                words = []
            elif set(token) <= set("<>()"):
                words.append(token)
            else:
                words.append(token)
        yield words


def _without_redirections(words: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or set(word) <= set("<>"):
            skip = not skip
            continue
        kept.append(word)
    return kept


def _arguments(words: list[str], program: list[str]) -> list[str] | None:
    """Returns what follows a program's name in a command, or None if it is another's."""
    while words and (words[0] in ("uv", "run", "exec", "time") or re.fullmatch(r"\w+=\S*", words[0])):
        words = words[1:]
    if words[: len(program)] != program:
        return None
    return _without_redirections(words[len(program) :])


def _require_tfxc(arguments: list[str], where: object, complete: bool = True) -> None:
    """Fails if `tfxc` would not take these arguments. Nothing is run."""
    # Some versions of typer bring a click of their own: its classes are known by their names only.
    command: Any = typer.main.get_command(app)
    context = None
    rest = list(arguments)
    try:
        while hasattr(command, "get_command"):
            if (default := getattr(command, "default", None)) and rest and rest[0] not in command.commands:
                rest.insert(0, default)
            if not rest or rest[0].startswith("-"):
                return
            context = command.make_context(command.name, rest[:1], parent=context, resilient_parsing=True)
            name = rest.pop(0)
            command = command.get_command(context, name)
            assert command is not None, f"{where}: there is no command `{name}`"
        command.make_context(command.name, rest, parent=context)
    except Exception as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "Exit" in kinds or ("MissingParameter" in kinds and not complete):
            return
        if "UsageError" in kinds:
            pytest.fail(f"{where}: {cast(Any, error).format_message()}")
        raise


def _require_launcher(arguments: list[str], where: object) -> None:
    """Fails if the launcher would not take these arguments."""
    parser = command_parser()
    parser.exit_on_error = False
    try:
        parser.parse_args(arguments)
    except (argparse.ArgumentError, SystemExit) as error:
        pytest.fail(f"{where}: {error}")


def _require(text: str, where: object, complete: bool = True) -> int:
    """Fails if one of the commands in a text is none, and returns how many there are."""
    number = 0
    for words in _commands(text):
        if (arguments := _arguments(words, ["tfxc"])) is not None:
            _require_tfxc(arguments, where, complete)
            number += 1
        if (arguments := _arguments(words, ["python", "-m", "tfxc.backends.launcher"])) is not None:
            _require_launcher(arguments, where)
            number += 1
    return number


def test_command_lines(shell_block: Any) -> None:
    _require(shell_block.text, shell_block)


def test_commands_in_other_files(other_yaml: Any) -> None:
    for document in yaml.safe_load_all(other_yaml.text):
        for text in _texts(document):
            if "tfxc" in text and not text.startswith("tfxc-"):
                _require(text, other_yaml, complete=False)


def test_commands_in_running_text(page: Any) -> None:
    for code in page.inline_code():
        if re.match(r"tfxc( |$)", code.text):
            text = re.sub(PLACEHOLDERS, " ", code.text.replace("\\|", "|"))
            _require(text, code, complete=False)


def test_scripts_and_their_options_are_there(shell_block: Any, root: Path) -> None:
    for script, options in re.findall(r"python ((?:specs|tests)/\S+\.py)(.*)", shell_block.text):
        source = (root / script).read_text(encoding="utf-8")
        for option in re.findall(r"--[\w-]+", options):
            assert f'"{option}"' in source, f"{shell_block}: {script} {option}"


@pytest.mark.parametrize(
    "text",
    [
        "tfxc frobnicate",
        "tfxc run p.yaml --frobnicate",
        "tfxc compile p.yaml",
        "tfxc validate | tfxc graph a b",
    ],
)
def test_wrong_commands_are_found(text: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        _require(text, "here")


def test_commands_are_found_wherever_they_stand() -> None:
    text = """\
        uv run tfxc validate a.yaml \\
            --strict && tfxc graph a.yaml | head -1   # tfxc nonsense
        NO_COLOR=1 tfxc plan a.yaml > plan.json; python -m tfxc.backends.launcher run-node --plan p --node n
    """
    assert _require(text, "here") == 4


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
