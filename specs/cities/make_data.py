"""Writes `data/CITY/hours.csv`: invented hours of cities' rental bikes, and whether they ran short.

    python specs/cities/make_data.py
    python specs/cities/make_data.py --hours 4000 --output /tmp/cities

Bikes run short at rush hours of working days and on fine afternoons, in each city in its own way; the new
city is like one of the others. The same hours and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
HOURS = 1_500
COLUMNS = ("hour", "weekend", "temperature", "rain", "short")


@dataclass(frozen=True)
class City:
    """How warm a city is, and what its people ride for: 1 is to work only, 0 for pleasure only."""

    name: str
    warmth: float
    commuting: float


CITIES = (
    City("berlin", 10, 0.9),
    City("rome", 17, 0.5),
    City("seville", 21, 0.1),
    City("lyon", 14, 0.6),
)


def make_hours(city: City, hours: int, seed: int) -> Iterator[dict[str, object]]:
    """Yields that many hours of a city."""
    random = Random(f"{city.name} {seed}")  # noqa: S311  (data that can be made again, not secrets)
    for _ in range(hours):
        hour = random.randrange(24)
        weekend = int(random.random() < 2 / 7)
        temperature = random.gauss(city.warmth, 7) + 4 * math.sin((hour - 9) / 24 * 2 * math.pi)
        rain = random.expovariate(1.0) if random.random() < 0.25 else 0.0
        to_work = 0.0 if weekend else math.exp(-((hour - 8) ** 2) / 4) + math.exp(-((hour - 17) ** 2) / 6)
        for_pleasure = math.exp(-((hour - 15) ** 2) / 18) * (1 + weekend) / (1 + abs(temperature - 22) / 6)
        demand = city.commuting * to_work + (1 - city.commuting) * for_pleasure - rain / 2
        yield {
            "hour": hour,
            "weekend": weekend,
            "temperature": round(temperature, 1),
            "rain": round(rain, 2),
            "short": int(demand + random.gauss(0, 0.08) > 0.3),
        }


def write_cities(folder: Path, hours: int = HOURS, seed: int = 1) -> None:
    """Writes a CSV file for each city, with a header, into a folder of its own."""
    for city in CITIES:
        file = folder / city.name / "hours.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(make_hours(city, hours, seed))


def main() -> None:
    """Writes the files that the pipeline reads, or others."""
    parser = argparse.ArgumentParser(description="Writes invented hours of rental bikes as CSV.")
    parser.add_argument("--hours", type=int, default=HOURS, help="hours of each city (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other hours (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=DATA, help="the folder (default: %(default)s)")
    arguments = parser.parse_args()
    write_cities(arguments.output, arguments.hours, arguments.seed)


if __name__ == "__main__":
    main()
