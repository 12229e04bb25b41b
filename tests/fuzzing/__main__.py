"""Tries mutants of all specs for a while: ``python -m tests.fuzzing --minutes 10 --seed 1000``.

Each broken property is printed with the mutant that broke it; ``python -m tests.fuzzing.child SPEC:SEED``
tries it again, and ``Mutant(SPEC, SEED).write(folder)`` writes it. Exits with 1 if a property was broken.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice

from tests.fuzzing.mutants import NAMES, Mutant
from tests.fuzzing.parent import broken_by

EACH = 7
"""mutants of each spec that one process tries"""


def main() -> int:
    """Tries mutants until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1000, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    tried = broken = 0
    seeds = count(given.seed, EACH)
    with ThreadPoolExecutor(given.processes) as pool:
        while time.monotonic() < end:
            turns = [range(first, first + EACH) for first in islice(seeds, given.processes)]
            chosen = [[Mutant(name, seed) for seed in turn for name in NAMES] for turn in turns]
            for mutants, problems in zip(chosen, pool.map(broken_by, chosen), strict=True):
                tried += len(mutants)
                broken += len(problems)
                for problem in problems:
                    print(problem, flush=True)  # noqa: T201
    print(f"{tried} mutants, {broken} broken properties")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
