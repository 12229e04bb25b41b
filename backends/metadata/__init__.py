"""The past: runs, their nodes and artifacts, as the metadata store and the run folders tell it.

``store`` is the one module here that imports ml_metadata; ``history`` makes `Run`s and `Artifact`s of
what it reads, and ``past`` adds what lies in the folders of runs on this machine.
"""
