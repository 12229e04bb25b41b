"""Pipelines that others wrote, as TFX's IR: what `tfxc import` asks of an interpreter that has TFX."""
