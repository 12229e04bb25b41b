"""TensorFlow Serving's REST API: paths, JSON in, JSON out."""
