"""What every backend that runs nodes in containers shares: their image, Kubernetes values, places."""
