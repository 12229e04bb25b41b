"""A sample of the data that ExampleGens read: the same rows every time, in files of the same names."""
