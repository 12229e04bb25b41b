"""What is replaced in a node's process: the modules of this package with a `lighten`, by when it fits."""

from __future__ import annotations

from tfxc.backends.launcher.speed import (
    beam,
    csv_examples,
    descriptors,
    evaluator,
    function_pickles,
    metric_inputs,
    pickling,
    sampling,
    transform,
)

FOR_BEAM = (beam,)
"""Where Beam's runner works in the node's process."""
FOR_BEAM_IN_THREADS = (csv_examples, descriptors, function_pickles, pickling, sampling, transform)
"""Where its workers do so, too."""
FOR_METRICS = (evaluator, metric_inputs)
"""In a node that computes metrics."""
ALL = (*FOR_BEAM, *FOR_BEAM_IN_THREADS, *FOR_METRICS)
