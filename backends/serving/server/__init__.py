"""The server's process: TensorFlow's session loader, versions of models, REST and gRPC.

TensorFlow's library is loaded through its C API (`tfxc.backends.launcher.servable.session`), and of its
Python package only the messages are used: `import tensorflow` would take seconds and twice the memory.
Behaviour, names and texts follow tensorflow/serving; each module names the source that it mirrors.
"""
