"""Two Plans side by side, in terms of pipelines."""
