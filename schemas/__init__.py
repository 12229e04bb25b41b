"""What things are: the spec, the components, the Plan and the diagnostics.

Nothing here imports another part of tfxc, TFX, or anything heavier than pydantic.
"""
