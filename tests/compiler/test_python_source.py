"""What a user's module defines, as far as that can be sure without running it."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.python.parse import (
    PythonSource,
    PythonSourceError,
    accepts_call,
    nodes_of,
    read_python,
)


def parsed(folder: Path, text: str | bytes) -> PythonSource:
    path = folder / "module.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_python(path)


@pytest.mark.parametrize("file", sorted(Path(__file__).parent.glob("test_m*.py")), ids=lambda file: file.stem)
def test_all_nodes_of_a_tree_come_in_the_order_of_ast(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert nodes_of(tree) == list(ast.walk(tree))


@pytest.mark.parametrize(
    "text",
    [
        "def run_fn(fn_args): ...",
        "async def run_fn(fn_args): ...",
        "class run_fn: ...",
        "run_fn = print",
        "run_fn: object = print",
        "a, (run_fn, *b) = f()",
        "import run_fn",
        "import run_fn.inner",
        "import training as run_fn",
        "from training import run_fn",
        "from training import run as run_fn",
        "if x:\n    def run_fn(): ...\nelse:\n    pass",
        "try:\n    pass\nexcept E:\n    from a import run_fn\n",
        "try:\n    pass\nfinally:\n    run_fn = 1\n",
        "with a as run_fn:\n    pass",
        "for run_fn in a:\n    pass",
        "while x:\n    run_fn = 1",
        "match x:\n    case 1:\n        run_fn = 1",
        "(run_fn := 1)",
        "def f():\n    global run_fn\n    run_fn = 1\nf()",
    ],
)
def test_names_that_are_defined(tmp_path: Path, text: str) -> None:
    assert "run_fn" in parsed(tmp_path, text).definitions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f():\n    run_fn = 1",
        "class A:\n    def run_fn(self): ...",
        "run_fn: object",
        "[run_fn for run_fn in a]",
        "lambda run_fn: 1",
        "import a.run_fn",
        "print(run_fn)",
        "'''def run_fn(): ...'''",
    ],
)
def test_names_that_are_not(tmp_path: Path, text: str) -> None:
    source = parsed(tmp_path, text)
    assert not source.may_define("run_fn")


@pytest.mark.parametrize(
    "text",
    [
        "from a import *",
        "globals()['run' + '_fn'] = 1",
        "exec('run_fn = 1')",
        "def __getattr__(name): ...",
        "import sys\nsetattr(sys.modules[__name__], 'run_fn', 1)",
        "def f():\n    from a import b\n    exec(b)\n",
    ],
)
def test_modules_of_which_nothing_is_sure(tmp_path: Path, text: str) -> None:
    source = parsed(tmp_path, text)
    assert source.is_open
    assert source.may_define("run_fn")
    assert source.function("run_fn") is None


def test_the_last_binding_counts_and_only_a_lone_function_is_sure(tmp_path: Path) -> None:
    assert parsed(tmp_path, "def f(a): ...").function("f") is not None
    for text in (
        "def f(a): ...\ndef f(a, b): ...",
        "@decorate\ndef f(a): ...",
        "f = 1",
        "if x:\n    def f(a): ...\nelse:\n    f = 1",
        "def f(a): ...\ndef g():\n    global f\n    f = 1\n",
    ):
        assert parsed(tmp_path, text).function("f") is None


@pytest.mark.parametrize(
    ("signature", "positional", "keywords", "fits"),
    [
        ("a", 1, (), True),
        ("", 1, (), False),
        ("a, b", 1, (), False),
        ("a, b=1", 1, (), True),
        ("*a", 1, (), True),
        ("a, /", 1, (), True),
        ("a, /, b", 1, ("b",), True),
        ("a, **k", 1, ("custom_config",), True),
        ("a, *, custom_config", 1, ("custom_config",), True),
        ("a, *, other", 1, ("custom_config",), False),
        ("a", 1, ("a",), False),
        ("a, b, c=1, *d, e=2", 2, (), True),
    ],
)
def test_whether_a_call_fits(
    tmp_path: Path, signature: str, positional: int, keywords: tuple[str, ...], fits: bool
) -> None:
    function = parsed(tmp_path, f"def f({signature}): ...").function("f")
    assert function is not None
    assert accepts_call(function, positional, keywords) == fits


PARTS = st.lists(st.sampled_from(["a", "b=1", "/", "*", "*c", "d", "e=2", "**f"]), max_size=6, unique=True)


@given(PARTS, st.integers(0, 3), st.sets(st.sampled_from("abde")))
def test_whether_a_call_fits_is_what_python_says(
    parts: list[str], positional: int, keywords: set[str]
) -> None:
    text = f"def f({', '.join(parts)}): ..."
    try:
        namespace: dict[str, object] = {}
        exec(text, namespace)
    except SyntaxError:
        return
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    call: Any = namespace["f"]
    try:
        call(*range(positional), **dict.fromkeys(keywords))
    except TypeError:
        expected = False
    else:
        expected = True
    assert accepts_call(function, positional, keywords) == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"def f(:\n", "syntax"),
        (b"\xff\xfe", "syntax"),
        (b"# coding: nonsense\n", "syntax"),
        (b"a\x00b", "syntax"),
        (b"x = " + b"(" * 3000, "syntax"),
    ],
)
def test_files_that_are_not_python(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(PythonSourceError) as caught:
        parsed(tmp_path, content)
    assert caught.value.kind == kind


def test_an_encoding_that_the_file_declares_is_used(tmp_path: Path) -> None:
    assert "f" in parsed(tmp_path, "# coding: latin-1\ndef f(): 'é'\n".encode("latin-1")).definitions


def test_the_content_of_a_file_is_never_in_a_message(tmp_path: Path) -> None:
    with pytest.raises(PythonSourceError) as caught:
        parsed(tmp_path, "root:secret:0:0\n")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.py", "module.py/inner.py", "bad\0name.py", "x" * 300 + ".py"])
def test_files_that_are_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "module.py").write_text("")
    with pytest.raises(PythonSourceError):
        read_python(tmp_path / name)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("folder.py", "pipe.py"):
        with pytest.raises(PythonSourceError) as caught:
            read_python(tmp_path / name)
        assert caught.value.kind == "unreadable"


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfxc.compiler.python.parse.LARGEST_MODULE", 10)
    with pytest.raises(PythonSourceError) as caught:
        parsed(tmp_path, "a = 1  # more than that\n")
    assert caught.value.kind == "unreadable"
