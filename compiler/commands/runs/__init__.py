"""``tfxc runs``: the runs of a pipeline, one module for each of its commands."""
