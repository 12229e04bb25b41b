"""Copies of artifacts that the launcher makes for who cannot read where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.messages import CopyRequest, DoneReply

pytestmark = pytest.mark.tfx


def test_small_files_are_copied_and_problems_told_by_uri(launcher: Any, tmp_path: Path) -> None:
    source = tmp_path / "statistics"
    (source / "Split-train").mkdir(parents=True)
    (source / "Split-train" / "FeatureStats.pb").write_bytes(b"\x00statistics")
    gone = str(tmp_path / "gone")
    target, nothing = tmp_path / "copies" / "0", tmp_path / "copies" / "1"
    request = CopyRequest(
        id=launcher.client.new_id(),
        folders={f"{source}/": str(target), gone: str(nothing), "nosuch://bucket/x": str(nothing)},
    )
    launcher.client.request(request)
    reply = launcher.reply(request.id)
    assert isinstance(reply, DoneReply), reply
    assert (target / "Split-train" / "FeatureStats.pb").read_bytes() == b"\x00statistics"
    assert set(reply.data) == {gone, "nosuch://bucket/x"}
    assert not nothing.exists()
