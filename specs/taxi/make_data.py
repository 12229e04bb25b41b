"""Writes `data/taxi.csv`: invented taxi trips, shaped like those that big cities publish.

    python specs/taxi/make_data.py
    python specs/taxi/make_data.py --rows 150000 --output /tmp/taxi/taxi.csv

18 columns with the gaps, the rare categories and the skewed numbers of real data. Whether a passenger
tips well depends on how, where and when she travels, so there is something to learn. The same rows
and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

DATA_FILE = Path(__file__).parent / "data" / "taxi.csv"
ROWS = 15_000

COLUMNS = (
    "pickup_community_area",
    "fare",
    "trip_start_month",
    "trip_start_hour",
    "trip_start_day",
    "trip_start_timestamp",
    "pickup_latitude",
    "pickup_longitude",
    "dropoff_latitude",
    "dropoff_longitude",
    "trip_miles",
    "pickup_census_tract",
    "dropoff_census_tract",
    "payment_type",
    "company",
    "trip_seconds",
    "dropoff_community_area",
    "tips",
)

PAYMENT_TYPES = {"Cash": 560, "Credit Card": 410, "Mobile": 15, "No Charge": 8, "Unknown": 5, "Dispute": 2}
COMPANIES = ("Amber Cab", "Lakeshore Taxi", "Checkerboard", "Prairie Cars", "Northside Dispatch", "Loop Taxi")
# Trips of each hour from midnight on: few at night, most in the evening.
HOURS = (26, 20, 15, 11, 8, 8, 12, 22, 36, 40, 38, 40, 43, 43, 44, 45, 47, 52, 58, 60, 54, 48, 43, 34)
YEAR_START = datetime(2025, 1, 1, tzinfo=timezone.utc)

Row = dict[str, object]


@dataclass(frozen=True)
class Area:
    """A part of the city, with its centre, and how well people there tip (0 is average)."""

    number: int
    latitude: float
    longitude: float
    generosity: float


def make_areas(random: Random) -> tuple[Area, ...]:
    """Returns 77 areas, the busy ones first and in the middle."""
    areas = []
    for number in range(1, 78):
        radius = 0.02 + 0.13 * number / 77
        angle = random.uniform(0, 2 * math.pi)
        latitude, longitude = 41.88 + radius * math.sin(angle), -87.65 + radius * math.cos(angle)
        areas.append(Area(number, latitude, longitude, random.gauss(0, 0.03)))
    return tuple(areas)


def make_trips(rows: int, seed: int) -> Iterator[Row]:
    """Yields that many trips; a gap is None."""
    random = Random(seed)  # noqa: S311  (data that can be made again, not secrets)
    areas = make_areas(random)
    companies = [*COMPANIES, *(f"{number:04d} - Independent Owner" for number in range(1, 31))]
    popularity = [1 / rank for rank in range(1, len(areas) + 1)]
    market_share = [40 / (rank + 1) if rank < len(COMPANIES) else 0.3 for rank in range(len(companies))]
    for _ in range(rows):
        pickup, dropoff = random.choices(areas, popularity, k=2)
        start = _start(random)
        trip = _trip(random, pickup, dropoff, start)
        trip["company"] = random.choices(companies, market_share)[0]
        trip["tips"] = _tip(random, trip, pickup, start)
        yield _with_gaps(random, trip)


def _start(random: Random) -> datetime:
    """Returns a time of the year, on the quarter hour."""
    day = YEAR_START + timedelta(days=random.randrange(365))
    hour = random.choices(range(24), HOURS)[0]
    return day + timedelta(hours=hour, minutes=15 * random.randrange(4))


def _trip(random: Random, pickup: Area, dropoff: Area, start: datetime) -> Row:
    """Returns where, when, how far, how long and for how much, all columns but company and tips."""
    north = (dropoff.latitude - pickup.latitude) * 69
    east = (dropoff.longitude - pickup.longitude) * 51
    miles = max(0.1, 1.3 * math.hypot(north, east) * math.exp(random.gauss(0, 0.2)) + random.expovariate(1.5))
    rush_hour = start.hour in (7, 8, 9, 16, 17, 18)
    miles_an_hour = (14 if rush_hour else 21) * math.exp(random.gauss(0, 0.25))
    seconds = 60 * max(1, round(60 * miles / miles_an_hour))
    fare = 3.25 + 2.25 * miles + seconds / 180 + random.choice((0, 0, 0, 1, 4))
    return {
        "pickup_community_area": pickup.number,
        "fare": round(fare * 4) / 4,
        "trip_start_month": start.month,
        "trip_start_hour": start.hour,
        "trip_start_day": start.isoweekday(),
        "trip_start_timestamp": int(start.timestamp()),
        "pickup_latitude": round(pickup.latitude + random.gauss(0, 0.004), 9),
        "pickup_longitude": round(pickup.longitude + random.gauss(0, 0.004), 9),
        "dropoff_latitude": round(dropoff.latitude + random.gauss(0, 0.004), 9),
        "dropoff_longitude": round(dropoff.longitude + random.gauss(0, 0.004), 9),
        "trip_miles": round(miles, 1),
        "pickup_census_tract": 17031000000 + pickup.number * 10000 + random.randrange(1, 9) * 100,
        "dropoff_census_tract": 17031000000 + dropoff.number * 10000 + random.randrange(1, 9) * 100,
        "payment_type": random.choices(list(PAYMENT_TYPES), list(PAYMENT_TYPES.values()))[0],
        "trip_seconds": seconds,
        "dropoff_community_area": dropoff.number,
    }


def _tip(random: Random, trip: Row, pickup: Area, start: datetime) -> float:
    """Returns the tip. Cash tips are not recorded, as in real data."""
    fare = float(str(trip["fare"]))
    if trip["payment_type"] not in ("Credit Card", "Mobile") or random.random() < 0.06:
        return 0.0
    share = 0.20 + pickup.generosity
    share += 0.04 if start.hour >= 21 or start.hour <= 3 else 0.0
    share += 0.02 if start.isoweekday() >= 6 else 0.0
    share += 0.05 if fare < 8 else 0.0  # small fares are rounded up
    share -= 0.03 if trip["company"] in COMPANIES[3:] else 0.0
    return round(max(0.0, fare * random.gauss(share, 0.04)), 2)


def _with_gaps(random: Random, trip: Row) -> Row:
    """Takes away what such data often lack."""
    for name, share in (("trip_seconds", 0.005), ("trip_miles", 0.005), ("fare", 0.001), ("company", 0.33)):
        if random.random() < share:
            trip[name] = None
    for end, share in (("pickup", 0.05), ("dropoff", 0.09)):
        if random.random() < share:  # outside of the city
            for name in ("community_area", "latitude", "longitude", "census_tract"):
                trip[f"{end}_{name}"] = None
        elif random.random() < 0.25:  # too few trips there to publish more than the area
            trip[f"{end}_census_tract"] = None
    return trip


def write_trips(file: Path, rows: int = ROWS, seed: int = 1) -> None:
    """Writes the CSV, with a header; its folder is made if it is not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_trips(rows, seed))


def main() -> None:
    """Writes the file that the pipeline reads, or another one."""
    parser = argparse.ArgumentParser(description="Writes invented taxi trips as CSV.")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many trips (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other trips (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=DATA_FILE, help="the file (default: %(default)s)")
    arguments = parser.parse_args()
    write_trips(arguments.output, arguments.rows, arguments.seed)


if __name__ == "__main__":
    main()
