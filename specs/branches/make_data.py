"""Writes `data/<plant>/readings.csv` for three plants: invented readings of their machines.

    python specs/branches/make_data.py
    python specs/branches/make_data.py --rows 1000 --output /tmp/plants

The plants differ a little: the third one's machines run hotter. The same rows give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

DATA_FOLDER = Path(__file__).parent / "data"
PLANTS = {"north": 0.0, "south": 0.2, "west": 1.5}  # and how much hotter it is there
ROWS = 50_000

SENSORS = tuple(f"sensor_{number}" for number in range(1, 9))
COLUMNS = ("machine", "state", "operator", "second", "temperature", "humidity", "power", *SENSORS)
STATES = ("idle", "starting", "running", "stopping", "failed")
STATE_WEIGHTS = (20, 5, 70, 4, 1)


def make_readings(plant: str, rows: int) -> Iterator[dict[str, object]]:
    """Yields that many readings of a plant, one a second; a gap is None."""
    random = Random(plant)  # noqa: S311  (data that can be made again, not secrets)
    for second in range(rows):
        state = random.choices(STATES, STATE_WEIGHTS)[0]
        load = random.betavariate(5, 2) if state == "running" else 0.05
        reading: dict[str, object] = {
            "machine": f"{plant}-{random.randrange(40):02d}",
            "state": state,
            "operator": random.choice(("A", "B", "C", None)),
            "second": second,
            "temperature": round(20 + PLANTS[plant] + 60 * load + random.gauss(0, 2), 2),
            "humidity": round(100 * random.betavariate(4, 6), 1) if random.random() > 0.02 else None,
            "power": round(500 * load + random.expovariate(0.2), 1),
        }
        reading.update({sensor: round(random.gauss(load, 0.1), 4) for sensor in SENSORS})
        yield reading


def write_readings(folder: Path, rows: int = ROWS) -> None:
    """Writes a CSV with a header for each plant, in a folder of its own."""
    for plant in PLANTS:
        file = folder / plant / "readings.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(make_readings(plant, rows))


def main() -> None:
    """Writes the files that the pipeline reads, or others."""
    parser = argparse.ArgumentParser(description="Writes invented readings of three plants as CSV.")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many a plant (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=DATA_FOLDER, help="the folder (default: %(default)s)")
    arguments = parser.parse_args()
    write_readings(arguments.output, arguments.rows)


if __name__ == "__main__":
    main()
