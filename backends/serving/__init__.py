"""Asking models: which model is meant, and the server that speaks TensorFlow Serving's API.

`models` finds a model; `server` is what the server's process runs, the only part that loads TensorFlow.
"""
