"""Which models and versions there are: found on disk, loaded, handed out, unloaded."""
