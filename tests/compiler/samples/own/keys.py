"""Names that other modules share."""

import enum

LABEL = "label"
SPLITS = "splits"


class Names:
    INPUT = "records"
    OUTPUT = "kept"


class Mode(enum.IntEnum):
    FEWER = 1
    MORE = 2


class Word(enum.Enum):
    HELLO = "hello"
