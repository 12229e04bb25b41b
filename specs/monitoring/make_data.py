"""Asks the penguin model about penguins, as its users do, and writes what they turned out to be.

    python specs/monitoring/make_data.py --url http://localhost:8501/v1/models/penguin
    python specs/monitoring/make_data.py --days 2 --fault drift

The first asks a model that `tfxc serve … --request-log DIR --request-log-format examples` serves. The second
asks the model in `specs/penguin/serving` itself, and writes the same log for the days up to today, which no
server could. Either way the labels lie in `data/labels` afterwards.

The penguins are drawn from those that the model has learnt from. A fault is in those of the last day:

    skew      bill lengths are sent in centimetres
    drift     nearly all penguins are of one island
    category  some are of an island that the model has never seen
    quality   on Dream the answers turn out wrong
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import struct
import sys
import time
import urllib.request
from calendar import timegm
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PENGUINS = HERE.parent / "penguin" / "data" / "penguins.csv"
MODEL = HERE.parent / "penguin" / "serving"
FLOATS = ("bill_length_mm", "bill_depth_mm")
WHOLE_NUMBERS = ("flipper_length_mm", "body_mass_g")
TEXTS = ("island", "sex")
FAULTS = ("skew", "drift", "category", "quality")
DAY = 24 * 60 * 60
BATCH = 25
"""penguins in one request"""

Penguin = dict[str, Any]
"""what is sent of a penguin, and its species"""


def known_penguins() -> list[Penguin]:
    """Returns the penguins without gaps: the signature `columns` takes plain values."""
    with PENGUINS.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if all(row.values())]
    return [
        {
            **{name: float(row[name]) for name in FLOATS},
            **{name: int(row[name]) for name in WHOLE_NUMBERS},
            **{name: row[name] for name in (*TEXTS, "species")},
        }
        for row in rows
    ]


def penguins(seed: str, count: int, faults: Sequence[str] = ()) -> list[Penguin]:
    """Returns penguins of a day. The same seed gives the same."""
    generator = random.Random(seed)  # noqa: S311  (not for secrets)
    known = known_penguins()
    if "drift" in faults:
        rare = [penguin for penguin in known if penguin["island"] == "Torgersen"]
        known = known[::8] + rare * 8
    drawn = [dict(generator.choice(known)) for _ in range(count)]
    for penguin in drawn:
        # No two are the same: half a percent is how well they are measured.
        for name in FLOATS:
            penguin[name] = round(penguin[name] * generator.gauss(1, 0.005), 1)
        if "skew" in faults:
            penguin["bill_length_mm"] = round(penguin["bill_length_mm"] / 10, 2)
        if "category" in faults and generator.random() < 0.1:
            penguin["island"] = "Anvers"
        if "quality" in faults and penguin["island"] == "Dream":
            penguin["species"] = "Gentoo"
    return drawn


def questions(name: str, drawn: Sequence[Penguin]) -> Iterator[tuple[str, list[Penguin]]]:
    """Yields requests: an id, and the penguins that are asked about."""
    for start in range(0, len(drawn), BATCH):
        yield f"{name}-{start // BATCH}", list(drawn[start : start + BATCH])


def write_labels(folder: Path, name: str, drawn: Sequence[Penguin]) -> Path:
    """Writes the species of a day's penguins, under the ids that the log has for them."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["request_id", "species"])
        for identity, asked in questions(name, drawn):
            for position, penguin in enumerate(asked):
                row = identity if len(asked) == 1 else f"{identity}/{position}"
                writer.writerow([row, penguin["species"]])
    return file


def ask(url: str, name: str, drawn: Sequence[Penguin]) -> None:
    """Asks a server about penguins, by its REST API."""
    for identity, asked in questions(name, drawn):
        rows = [{key: penguin[key] for key in (*FLOATS, *WHOLE_NUMBERS, *TEXTS)} for penguin in asked]
        body = json.dumps({"signature_name": "columns", "instances": rows}).encode()
        request = urllib.request.Request(f"{url}:predict", body, {"X-Request-Id": identity})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()


class Log:
    """A log like a server's, of other days than today; the model is asked in this process."""

    def __init__(self, folder: Path, model: Path) -> None:
        """Loads the newest version below a folder, or the model that it is itself."""
        from tfxc.backends.launcher.servable.session import STRING, Tensor
        from tfxc.backends.serving.options import LogFormat
        from tfxc.backends.serving.server import logged, request_log
        from tfxc.backends.serving.server.dtypes import FLOAT, INT64
        from tfxc.backends.serving.server.model import Model
        from tfxc.backends.serving.server.predict import predict_call

        versions = [int(each.name) for each in model.iterdir() if each.name.isdigit()]
        self._version = max(versions, default=1)
        self._model = Model(model / str(self._version) if versions else model)
        self._signature = self._model.signatures["columns"]
        self._call, self._filled = predict_call, logged.prediction
        self._identify = request_log.identify_request
        self._now = 0.0
        options = request_log.LogOptions(folder, total_bytes=2**40, format=LogFormat.EXAMPLES)
        self._log = request_log.RequestLog(options, clock=lambda: self._now)

        def column(name: str, asked: Sequence[Penguin]) -> Tensor:
            values, shape = [penguin[name] for penguin in asked], (len(asked),)
            if name in TEXTS:
                return Tensor(STRING, shape, [value.encode() for value in values])
            kind, letter = (FLOAT, "f") if name in FLOATS else (INT64, "q")
            return Tensor(kind, shape, struct.pack(f"<{len(values)}{letter}", *values))

        self._column: Callable[[str, Sequence[Penguin]], Tensor] = column

    def add(self, name: str, drawn: Sequence[Penguin], day: float) -> None:
        """Asks about a day's penguins, over its hours; ``day`` is its first second."""
        asked_at = list(questions(name, drawn))
        for number, (identity, asked) in enumerate(asked_at):
            inputs = {key: self._column(key, asked) for key in (*FLOATS, *WHOLE_NUMBERS, *TEXTS)}
            call, aliases = self._call(self._signature, inputs, (), False)
            outputs = dict(zip(aliases, self._model.run(call.feeds, call.fetches), strict=True))
            self._now = day + DAY * number / len(asked_at)
            self._identify(identity)
            self._log.offer("penguin", self._version, "columns", self._filled(inputs, (), outputs))

    def close(self) -> None:
        """Names the files."""
        self._log.close()


def main() -> None:
    """Asks, and says what is to be done with it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="a served model; without it a log is written")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model that is asked for a log")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where the log and the labels lie")
    parser.add_argument("--days", type=int, default=2, help="how many days of a log")
    parser.add_argument("--until", help="the last of them, YYYY-MM-DD (UTC); today if not given")
    parser.add_argument("--count", type=int, default=500, help="penguins a day")
    parser.add_argument("--fault", choices=FAULTS, action="append", help="what is wrong on the last day")
    parser.add_argument("--seed", default="1", help="others give other penguins")
    given = parser.parse_args()
    faults = given.fault or []
    if given.url:
        name = "-".join([*(faults or ["quiet"]), given.seed, str(int(time.time()))])
        drawn = penguins(given.seed, given.count, faults)
        ask(given.url, name, drawn)
        write_labels(given.data / "labels", name, drawn)
        sys.stdout.write(f"asked about {given.count} penguins\n")
        return
    last = timegm(time.strptime(given.until, "%Y-%m-%d")) if given.until else time.time() // DAY * DAY
    log = Log(given.data / "requests", given.model)
    for day in range(given.days):
        moment = last - DAY * (given.days - 1 - day)
        name = time.strftime("%Y-%m-%d", time.gmtime(moment)) + f"-{given.seed}"
        drawn = penguins(name, given.count, faults if day == given.days - 1 else ())
        log.add(name, drawn, moment)
        write_labels(given.data / "labels", name, drawn)
    log.close()
    sys.stdout.write(f"{given.days} days of {given.count} penguins lie in {given.data}\n")


if __name__ == "__main__":
    main()
