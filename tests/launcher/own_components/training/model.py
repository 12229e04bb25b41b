"""Trains nothing: what counts is where this is found."""

from pathlib import Path

from training.names import FILE


def run_fn(fn_args):
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True)
    (folder / FILE).write_text(str(len(fn_args.train_files)))
