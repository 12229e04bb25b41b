"""The examples of an artifact as dicts, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional, Union

from tfxc.schemas.tf_examples import Feature, NoExampleError, parse_example


def read_examples(folder: Path, split: Optional[str]) -> Iterator[dict[str, Any]]:
    """Yields the examples of a split (None: of all) that an Examples artifact has.

    Raises AssertionError for a split that there is not, and for what are no tf.Examples in TFRecords.
    """
    from tfxc.backends.reports.artifacts.files import UnreadableError, records

    splits = {each.name.removeprefix("Split-"): each for each in sorted(folder.glob("Split-*"))}
    if split is not None and split not in splits:
        raise AssertionError(f"there is no split `{split}`; there are: {', '.join(splits) or 'none'}")
    for name, place in splits.items():
        if split not in (None, name):
            continue
        for path in sorted(each for each in place.iterdir() if each.is_file()):
            try:
                for record in records(path):
                    yield {key: _plain(value) for key, value in parse_example(record).items()}
            except (UnreadableError, NoExampleError) as error:
                raise AssertionError(f"{path} holds no tf.Examples: {error}") from None


def _plain(feature: Feature) -> Any:
    """Returns a feature as one would write it: see `SampleRun.examples`."""
    values = [_text(value) for value in feature.values]
    if len(values) == 1:
        return values[0]
    return values or None


def _text(value: Union[bytes, float, int]) -> Union[bytes, str, float, int]:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
