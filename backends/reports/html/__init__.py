"""A run as one HTML page that needs nothing else: no network, and no JavaScript to be read."""
