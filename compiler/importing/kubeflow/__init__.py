"""Kubeflow's pipeline.yaml and pipeline.json → TFX's IR, which is then imported as any other."""
