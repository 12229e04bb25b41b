"""What the model is called."""

FILE = "made_by_run_fn"
