"""Writes `data/day-N/parcels.csv`: invented parcels of a day, and whether they came late.

    python specs/continuous/make_data.py
    python specs/continuous/make_data.py --day 2

Without a day it is the next one that is not there yet. Far parcels are late more often, and so are those at
rush hours and in the rain. From the second day on the bridge to Harbour is closed. The same day, number of
parcels and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
PARCELS = 3_000
COLUMNS = ("district", "distance_km", "weight_kg", "hour", "rain_mm", "late")
DISTRICTS = {"Centre": 2, "Garden": 5, "Harbour": 6, "Hill": 8, "Mill": 4}  # and how far they are, in km
BRIDGE_TO = "Harbour"
BRIDGE_CLOSED_FROM = 2


def make_parcels(day: int, parcels: int, seed: int) -> Iterator[dict[str, object]]:
    """Yields so many parcels of a day."""
    random = Random(f"{seed} {day}")  # noqa: S311  (data that can be made again, not secrets)
    for _ in range(parcels):
        district = random.choice(list(DISTRICTS))
        distance = max(0.3, random.gauss(DISTRICTS[district], 1.5))
        weight = random.expovariate(1 / 4)
        hour = random.randrange(8, 20)
        rain = random.expovariate(0.5) if random.random() < 0.3 else 0.0
        rush_hour = math.exp(-((hour - 8) ** 2) / 3) + math.exp(-((hour - 17) ** 2) / 3)
        trouble = 0.45 * distance + 2.5 * rush_hour + 0.8 * rain + 0.05 * weight - 5.5
        if day >= BRIDGE_CLOSED_FROM and district == BRIDGE_TO:
            trouble += 4
        yield {
            "district": district,
            "distance_km": round(distance, 1),
            "weight_kg": round(weight, 2),
            "hour": hour,
            "rain_mm": round(rain, 1),
            "late": int(random.random() < 1 / (1 + math.exp(-trouble))),
        }


def write_day(folder: Path, day: int, parcels: int = PARCELS, seed: int = 1) -> Path:
    """Writes the CSV of a day, with a header, into a folder of its own, and returns its path."""
    file = folder / f"day-{day}" / "parcels.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_parcels(day, parcels, seed))
    return file


def next_day(folder: Path) -> int:
    """Returns the first day that has no folder yet."""
    return next(day for day in count(1) if not (folder / f"day-{day}").exists())


def main() -> None:
    """Writes the file of a day, and says where."""
    parser = argparse.ArgumentParser(description="Writes invented parcels of a day as CSV.")
    parser.add_argument("--day", type=int, help="which (default: the next that is not there yet)")
    parser.add_argument("--parcels", type=int, default=PARCELS, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other parcels (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=DATA, help="the folder (default: %(default)s)")
    arguments = parser.parse_args()
    day = arguments.day if arguments.day is not None else next_day(arguments.output)
    file = write_day(arguments.output, day, arguments.parcels, arguments.seed)
    sys.stdout.write(f"day {day}: {file}\n")


if __name__ == "__main__":
    main()
