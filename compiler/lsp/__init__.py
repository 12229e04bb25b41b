"""The language server: a second front end beside the command line, on the same phases.

Everything but `server`, `features` and `convert` is values to values, in characters from 0; these alone speak
the protocol.
"""
