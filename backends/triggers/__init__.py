"""Starting another pipeline: in Airflow, in Kubeflow Pipelines, on this machine, by a request."""
