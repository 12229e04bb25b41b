"""Whether TensorFlow Serving can serve a SavedModel: asked of its own loader, in a process of its own.

TensorFlow Serving loads a model with TensorFlow's session loader, which Python's `tf.saved_model.load` is
not: what works in Python may fail there with the first request. TensorFlow's C API is that loader, and needs
no `import tensorflow`. Nothing in this package imports TensorFlow; `examine` is a program that loads the
library into its own process, which may crash without harm to whoever asks.
"""
