"""What the columns are: both the features and the model ask here."""

from __future__ import annotations

# What happens to a column in Transform.
SCALED = ["trip_miles", "fare", "trip_seconds"]
BUCKETIZED = ["pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"]
BUCKETS = 10
LOOKED_UP: dict[str, str | int] = {
    "payment_type": "",
    "company": "",
    "pickup_community_area": -1,
    "dropoff_community_area": -1,
}
COUNTED = {"trip_start_month": 13, "trip_start_day": 8, "trip_start_hour": 24}  # and how many numbers
LABEL = "big_tipper"
LABEL_COLUMNS = ["tips", "fare"]


def transformed(name: str) -> str:
    """Returns the name of a feature after Transform. The raw names stay free for slicing."""
    return f"{name}_xf"
