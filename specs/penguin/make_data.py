"""Writes `data/penguins.csv`: the Palmer penguins, as the PyPI package palmerpenguins has them.

    python specs/penguin/make_data.py

The data are real and have gaps: 344 penguins, 2 of them without measurements and 11 without a sex.
A gap is an empty cell. The same package gives the same bytes.

Source: Gorman KB, Williams TD, Fraser WR (2014), doi:10.1371/journal.pone.0090081. License: CC-0.
"""

from __future__ import annotations

from pathlib import Path

from palmerpenguins import load_penguins

DATA_FILE = Path(__file__).parent / "data" / "penguins.csv"


def penguins_csv() -> str:
    """Returns the data set as CSV, a header first, in the package's order."""
    penguins = load_penguins()
    # pandas makes floats of whole numbers with gaps between them: grams and millimetres are whole.
    penguins = penguins.astype({"flipper_length_mm": "Int64", "body_mass_g": "Int64"})
    return str(penguins.to_csv(index=False, float_format="%.1f", lineterminator="\n"))


def main() -> None:
    """Writes the file that the pipeline reads."""
    DATA_FILE.parent.mkdir(exist_ok=True)
    DATA_FILE.write_text(penguins_csv(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
