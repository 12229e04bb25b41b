"""Writes `data/hours.csv`: invented hours of an office building, and the energy that each took.

    python specs/tuning/make_data.py
    python specs/tuning/make_data.py --hours 10000 --output /tmp/hours.csv

The building is heated in the cold and cooled in the heat, both mostly while people are at work: what an hour
takes is no straight line of anything. The same hours and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

DATA_FILE = Path(__file__).parent / "data" / "hours.csv"
HOURS = 3_000
COLUMNS = ("day_of_year", "weekday", "hour", "temperature", "energy_kwh")


def make_hours(hours: int, seed: int) -> Iterator[dict[str, object]]:
    """Yields so many hours, each of a day by chance."""
    random = Random(seed)  # noqa: S311  (data that can be made again, not secrets)
    for _ in range(hours):
        day, weekday, hour = random.randrange(365), random.randrange(7), random.randrange(24)
        season = -math.cos((day - 20) / 365 * 2 * math.pi)
        temperature = 11 + 10 * season + 4 * math.sin((hour - 9) / 24 * 2 * math.pi) + random.gauss(0, 3)
        at_work = math.exp(-(((hour - 12.5) / 4.5) ** 4)) if weekday < 5 else 0.1
        heating = 2.4 * max(0.0, 16 - temperature) * (0.4 + 0.6 * at_work)
        cooling = 3.5 * max(0.0, temperature - 22) * at_work
        energy = 12 + 30 * at_work + heating + cooling
        yield {
            "day_of_year": day,
            "weekday": weekday,
            "hour": hour,
            "temperature": round(temperature, 1),
            "energy_kwh": round(energy * random.gauss(1, 0.03), 1),
        }


def write_hours(file: Path, hours: int = HOURS, seed: int = 1) -> None:
    """Writes the CSV, with a header; its folder is made if it is not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_hours(hours, seed))


def main() -> None:
    """Writes the file that the pipeline reads, or another one."""
    parser = argparse.ArgumentParser(description="Writes invented hours of an office building as CSV.")
    parser.add_argument("--hours", type=int, default=HOURS, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other hours (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=DATA_FILE, help="the file (default: %(default)s)")
    arguments = parser.parse_args()
    write_hours(arguments.output, arguments.hours, arguments.seed)


if __name__ == "__main__":
    main()
