"""TFX's IR → a spec."""
