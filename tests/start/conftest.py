"""Data of several kinds, each as somebody might have it."""

from __future__ import annotations

import csv
import random
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Union

import pytest

from tfxc.schemas.tf_records import record

ROOT = Path(__file__).parents[2]
Value = Union[bytes, float, int]


def write_rows(
    path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


def penguins(folder: Path) -> Path:
    """Real data with gaps."""
    path = folder / "penguins.csv"
    path.write_bytes((ROOT / "specs" / "penguin" / "data" / "penguins.csv").read_bytes())
    return path


def houses(folder: Path) -> Path:
    """What a German spreadsheet saves: semicolons, decimal commas, a byte order mark; and all that is odd."""
    dice = random.Random(1)
    rows: list[list[object]] = [
        ["Id", "Größe (m²)", "rooms", "sold on", "street", "agent", "nothing", "land", "price"]
    ]
    for number in range(600):
        size, year = dice.uniform(30, 200), dice.randint(2019, 2024)
        rooms = max(1, round(size / 30))
        rows.append(
            [
                number + 1,
                f"{size:.1f}".replace(".", ","),
                "unknown" if number % 97 == 0 else rooms,
                f"{year}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}",
                f"street {dice.randrange(300)}",
                dice.choice(["Ann", "Bob", "Cy"]),
                "",
                "DE",
                "" if number % 50 == 0 else round(size * 2500 + (year - 2019) * 8000 + dice.gauss(0, 9000)),
            ]
        )
    return write_rows(folder / "houses.csv", rows, ";", "utf-8-sig")


def reviews(folder: Path) -> Path:
    """Free texts in a file of tabs."""
    dice = random.Random(2)
    telling = {
        "bad": ["awful", "broken", "terrible", "poor"],
        "good": ["great", "lovely", "wonderful", "superb"],
        "so-so": ["average", "ordinary", "middling", "usual"],
    }
    filling = ["the", "a", "this", "it", "was", "product", "shop", "really", "very", "with", "and", "to"]
    rows = [["review", "stars"]]
    for _ in range(600):
        stars = dice.choice(list(telling))
        words = dice.choices(telling[stars], k=2) + dice.choices(filling, k=dice.randint(4, 12))
        dice.shuffle(words)
        rows.append([" ".join(words).capitalize() + ".", stars])
    return write_rows(folder / "reviews.tsv", rows, "\t")


def measurements(folder: Path) -> Path:
    """Two classes, one of them rare, in a file without a header."""
    dice = random.Random(3)
    rows = []
    for _ in range(600):
        left, right = dice.gauss(0, 1), dice.gauss(0, 1)
        kind = dice.choice(["red", "green", "blue"])
        is_rare = left + right / 2 + (kind == "red") + dice.gauss(0, 0.3) > 1.8
        rows.append([f"{left:.3f}", f"{right:.3f}", kind, int(is_rare)])
    return write_rows(folder / "measurements.csv", rows)


def squares(folder: Path) -> Path:
    """TFRecords of tiny pictures as lists of numbers: a bright spot above or below."""
    dice = random.Random(4)
    records = []
    for number in range(300):
        is_above = number % 2
        pixels = [dice.random() / 2 + (place < 8) * is_above / 2 for place in range(16)]
        records.append(example({"pixels": pixels, "place": [b"above" if is_above else b"below"]}))
    path = folder / "squares.tfrecord"
    path.write_bytes(b"".join(map(record, records)))
    return path


DATA: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "penguins": (penguins, "species"),
    "houses": (houses, "price"),
    "reviews": (reviews, "stars"),
    "measurements": (measurements, "column_4"),
    "squares": (squares, "place"),
}
"""What writes each of the data sets, and its label."""


def example(features: Mapping[str, Sequence[Value]]) -> bytes:
    """Returns a serialised tf.Example."""
    entries = b""
    for name, values in features.items():
        entries += _field(1, _field(1, name.encode()) + _field(2, _feature(values)))
    return _field(1, entries)


def _feature(values: Sequence[Value]) -> bytes:
    if not values:
        return b""
    if isinstance(values[0], bytes):
        return _field(1, b"".join(_field(1, value) for value in values if isinstance(value, bytes)))
    if isinstance(values[0], float):
        return _field(2, _field(1, struct.pack(f"<{len(values)}f", *values)))
    return _field(3, _field(1, b"".join(_varint(int(value) % (1 << 64)) for value in values)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


@pytest.fixture
def data(tmp_path: Path) -> Callable[[str], tuple[Path, str]]:
    """Returns a function that writes a data set by its name, and gives its file and its label."""

    def write(name: str) -> tuple[Path, str]:
        make, label = DATA[name]
        return make(tmp_path), label

    return write


@pytest.fixture(scope="session")
def encode() -> Callable[[Mapping[str, Sequence[Value]]], bytes]:
    """Returns the function that serialises a tf.Example."""
    return example
