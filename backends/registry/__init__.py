"""Model registries over their REST APIs: MLflow's and Kubeflow's, in one shape (`base`).

Speaks HTTP with the standard library: neither the component that registers models nor the commands that
look at them need a registry's own client.
"""
