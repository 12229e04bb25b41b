"""The scripts that make the examples' data: what they write, and that they write it again."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

SPECS = Path(__file__).parents[2] / "specs"


def load_script(name: str) -> ModuleType:
    """Imports a spec's make_data.py."""
    description = importlib.util.spec_from_file_location(f"make_{name}", SPECS / name / "make_data.py")
    assert description is not None
    assert description.loader is not None
    module = importlib.util.module_from_spec(description)
    sys.modules[description.name] = module  # where dataclasses look their module up
    description.loader.exec_module(module)
    return module


def read_csv(file: Path) -> list[dict[str, str]]:
    """Returns the rows of a CSV file by the names in its header."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    file = tmp_path_factory.mktemp("taxi") / "new" / "taxi.csv"
    load_script("taxi").write_trips(file)
    return read_csv(file)


def test_the_committed_penguins_are_those_of_the_package() -> None:
    committed = SPECS / "penguin" / "data" / "penguins.csv"
    assert committed.read_bytes() == load_script("penguin").penguins_csv().encode()


def test_penguins_have_the_gaps_of_the_real_data() -> None:
    penguins = read_csv(SPECS / "penguin" / "data" / "penguins.csv")
    assert len(penguins) == 344
    assert Counter(penguin["species"] for penguin in penguins) == {
        "Adelie": 152,
        "Gentoo": 124,
        "Chinstrap": 68,
    }
    gaps = Counter(name for penguin in penguins for name, value in penguin.items() if not value)
    measurements = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    assert gaps == {"sex": 11, **dict.fromkeys(measurements, 2)}


def test_trips_have_the_shape_of_the_benchmark(trips: list[dict[str, str]]) -> None:
    assert len(trips) == 15_000
    assert len(trips[0]) == 18
    gaps = {name for trip in trips for name, value in trip.items() if not value}
    assert gaps == {
        "fare",
        "trip_miles",
        "trip_seconds",
        "company",
        *(f"{end}_{part}" for end in ("pickup", "dropoff") for part in ("community_area", "census_tract")),
        *(f"{end}_{part}" for end in ("pickup", "dropoff") for part in ("latitude", "longitude")),
    }


def test_trips_have_something_to_learn(trips: list[dict[str, str]]) -> None:
    def is_big_tipper(trip: Mapping[str, str]) -> bool:
        return bool(trip["fare"]) and float(trip["tips"]) > 0.2 * float(trip["fare"])

    by_card = [trip for trip in trips if trip["payment_type"] == "Credit Card"]
    assert 0.1 < sum(map(is_big_tipper, trips)) / len(trips) < 0.4
    assert 0.4 < sum(map(is_big_tipper, by_card)) / len(by_card) < 0.6
    assert not any(is_big_tipper(trip) for trip in trips if trip["payment_type"] == "Cash")


def test_the_same_seed_gives_the_same_trips(tmp_path: Path) -> None:
    taxi = load_script("taxi")
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        taxi.write_trips(tmp_path / name, rows=200, seed=seed)
    first, again, other = ((tmp_path / name).read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_every_plant_has_its_own_readings(tmp_path: Path) -> None:
    branches = load_script("branches")
    branches.write_readings(tmp_path / "first", rows=500)
    branches.write_readings(tmp_path / "again", rows=500)
    files = sorted(file.relative_to(tmp_path / "first") for file in (tmp_path / "first").rglob("*.csv"))
    assert [file.parent.name for file in files] == ["north", "south", "west"]
    contents = [(tmp_path / "first" / file).read_bytes() for file in files]
    assert contents == [(tmp_path / "again" / file).read_bytes() for file in files]
    assert len(set(contents)) == 3
    assert len(read_csv(tmp_path / "first" / files[0])) == 500
