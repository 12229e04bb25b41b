"""Names that the other modules share."""

import enum

SPLITS = "splits"
MODE = "mode"
KEPT = "kept"


class Mode(enum.IntEnum):
    FEWER = 1
    MORE = 2
