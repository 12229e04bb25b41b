"""Components of tfxc's own, for TFX's driver, executor and publisher like any other."""
