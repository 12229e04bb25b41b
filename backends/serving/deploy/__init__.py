"""What the real TensorFlow Serving gets: bundles for Docker Compose, Kubernetes and KServe.

`choose` makes a `Deployment` of a Plan, the spec's ``serving`` section and what the command line says; `emit`
makes a bundle of it. `pushed` and `question` are what looks at files: at the versions that were pushed, and
at a row of the data.
"""
