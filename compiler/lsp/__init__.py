"""The language server: a second front end beside the command line, on the same phases.

Everything but `tfxc.compiler.lsp.server` is values to values, in characters from 0; the server alone speaks
the protocol.
"""
