"""What TFX's artifacts hold, as values: read file by file, without TensorFlow, TFMA or TFX."""
