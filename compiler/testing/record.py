"""What a test of a spec has left, as values: ``test.json`` in its folder holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from pydantic import BaseModel, ConfigDict, Field

from tfxc.backends.reports.run_report import RunReport

RECORD = "test.json"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SampleRecord(_Record):
    """What of a split was read."""

    node: str
    split: str = Field(description="The split's name; empty for input that is one.")
    rows: Optional[int] = Field(description="Rows of the sample; null where they cannot be counted.")
    of_rows: Optional[int] = Field(description="Rows of the files that were looked at.")
    files: int
    of_files: int
    is_whole: bool = Field(description="Whether nothing was left out.")


class ReplacedRecord(_Record):
    """Something that the test did otherwise than a run."""

    of: str
    how: str


class PostedRecord(_Record):
    """What an Alert or a PipelineTrigger would have sent."""

    node: str
    body: Any


class TestRecord(_Record):
    """A run of a spec for a test. ``environment`` is the one that was applied, null if none."""

    __test__ = False

    spec: str
    environment: Optional[str]
    changed: bool = Field(description="Whether an environment or a parameter changed the spec.")
    root: str = Field(description="The folder of the test.")
    samples: tuple[SampleRecord, ...]
    replaced: tuple[ReplacedRecord, ...]
    left_out: dict[str, str] = Field(description="Nodes that were not run, and why.")
    posted: tuple[PostedRecord, ...]
    exit_code: int
    run: RunReport

    @property
    def is_whole(self) -> bool:
        """Whether the run read all of the data, and was what the spec says."""
        return not self.changed and all(sample.is_whole for sample in self.samples)


def read_record(root: Path) -> Optional[TestRecord]:
    """Returns what a test has left in its folder; None if there is nothing (yet)."""
    try:
        return TestRecord.model_validate_json((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
