"""A Plan → readable Python of plain TFX."""
