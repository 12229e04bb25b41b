"""Telling people what a run has found: what is said (`notice`), in which words, and over which way."""
