"""Speaking to servers over HTTP: what all do alike that register, tell or start something elsewhere."""
