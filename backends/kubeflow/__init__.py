"""The Kubeflow Pipelines backend. Imports no kfp, TFX or TensorFlow."""

from tfxc.backends.kubeflow.backend import KubeflowBackend

BACKEND = KubeflowBackend()
