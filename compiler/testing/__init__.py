"""Tests of specs: runs on a sample of the data in a throw-away root, what they must show, and the pytest
plug-in."""
