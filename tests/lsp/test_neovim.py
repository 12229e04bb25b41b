"""The snippets for Neovim in docs/editor.md: a real Neovim gets diagnostics and completion by them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/editor.md"
SPEC = """\
version: 1
name: birds
components:
  example_gen:
    type: CsvExampleGen
    input_bse: data
  statistics_gen:
    type: StatisticsGen
    examples: \n"""
DRIVE = """\
vim.wait(120000, function() return #vim.diagnostic.get(0) > 0 end, 20)
local codes = vim.tbl_map(function(each) return { each.code, each.lnum + 1 } end, vim.diagnostic.get(0))
local row = vim.fn.search("examples: ", "n")
local answers = vim.lsp.buf_request_sync(0, "textDocument/completion", {
  textDocument = { uri = vim.uri_from_bufnr(0) },
  position = { line = row - 1, character = #vim.fn.getline(row) },
}, 120000) or {}
local labels = {}
for _, answer in pairs(answers) do
  for _, item in ipairs(answer.result.items or answer.result) do
    table.insert(labels, item.label)
  end
end
vim.fn.writefile({ vim.fn.json_encode({ codes = codes, labels = labels }) }, "seen.json")
vim.cmd("qall!")
"""


def snippets() -> dict[tuple[int, int], str]:
    """Returns the snippets of the page by the first version that each is for."""
    found = re.findall(
        r"^0\.(\d+)\b[^\n]*:\n\n```lua\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    return {(0, int(minor)): text for minor, text in found}


def installed() -> tuple[int, int]:
    """Returns the version of the Neovim that there is. Skips the test if there is none."""
    if shutil.which("nvim") is None:
        pytest.skip("Neovim is not installed")
    shown = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"v(\d+)\.(\d+)", shown)[0]
    return int(major), int(minor)


def test_there_is_a_snippet_for_each_version() -> None:
    assert sorted(snippets()) == [(0, 7), (0, 8), (0, 11)]


def test_neovim_gets_diagnostics_and_completion(tmp_path: Path) -> None:
    version = installed()
    fitting = max((first for first in snippets() if first <= version), default=None)
    if fitting is None:
        pytest.skip(f"there is no snippet for Neovim {version}")
    (tmp_path / "init.lua").write_text(snippets()[fitting], encoding="utf-8")
    (tmp_path / "drive.lua").write_text(DRIVE, encoding="utf-8")
    (tmp_path / "pipeline.yaml").write_text(SPEC, encoding="utf-8")
    programs = tmp_path / "programs"
    programs.mkdir()
    server = f"#!/bin/sh\nexec '{sys.executable}' -c 'from tfxc.compiler.cli import main; main()' \"$@\"\n"
    (programs / "tfxc").write_text(server, encoding="utf-8")
    (programs / "tfxc").chmod(0o755)
    command = ["nvim", "--headless", "--clean", "-u", "init.lua", "pipeline.yaml", "-c", "luafile drive.lua"]
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=400, check=False)
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert ["S101", 6] in seen["codes"]
    assert seen["labels"] == ["example_gen.examples"]
