"""A backend that cannot be imported."""

raise ImportError("it needs a package that is not installed")
