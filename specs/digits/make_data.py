"""Writes `data/images/digits.tfrecord`: 1,797 handwritten digits as PNG files, as scikit-learn has them.

    python specs/digits/make_data.py
    python specs/digits/make_data.py --images 500 --output /tmp/digits

The images are real, 8 by 8 pixels in grey. A record is a `tf.Example` with the bytes of an image and the
digit that it shows; `data/questions.tfrecord` has ten without the digit, to ask the model about. This takes
scikit-learn and Pillow, which come with TFX, and neither TensorFlow nor a network. The same packages give the
same bytes.

Source: Alpaydin E, Kaynak C (1998), doi:10.24432/C50P49. License: CC BY 4.0.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image
from sklearn.datasets import load_digits

from tfxc.schemas.tf_examples import BYTES, INTEGERS, Feature, serialized_example
from tfxc.schemas.tf_records import record

DATA = Path(__file__).parent / "data"
IMAGES = 1_797
QUESTIONS = 10
BRIGHTEST = 16  # of scikit-learn's pixels; those of an image go to 255


def make_images(images: int) -> list[tuple[bytes, int]]:
    """Returns so many images as PNG files, each with its digit."""
    digits = load_digits()
    pixels = (digits.images[:images] * (255 / BRIGHTEST)).astype("uint8")
    return [(_png(image), int(digit)) for image, digit in zip(pixels, digits.target, strict=False)]


def _png(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write_digits(folder: Path, images: int = IMAGES) -> None:
    """Writes the images to learn from, and beside their folder those to ask about."""
    made = make_images(images)
    known = ({"image": Feature(BYTES, [png]), "digit": Feature(INTEGERS, [digit])} for png, digit in made)
    asked = ({"image": Feature(BYTES, [png])} for png, _ in made[:QUESTIONS])
    (folder / "images").mkdir(parents=True, exist_ok=True)
    _write(folder / "images" / "digits.tfrecord", known)
    _write(folder / "questions.tfrecord", asked)


def _write(file: Path, examples: Iterable[dict[str, Feature]]) -> None:
    file.write_bytes(b"".join(record(serialized_example(each)) for each in examples))


def main() -> None:
    """Writes the files that the pipeline reads, or others."""
    parser = argparse.ArgumentParser(description="Writes handwritten digits as TFRecords of PNG images.")
    parser.add_argument("--images", type=int, default=IMAGES, help="how many (default: all, %(default)s)")
    parser.add_argument("--output", type=Path, default=DATA, help="the folder (default: %(default)s)")
    arguments = parser.parse_args()
    write_digits(arguments.output, arguments.images)


if __name__ == "__main__":
    main()
