"""Many specs in one call: which they are, what is wrong with each, in how many processes.

A spec that cannot be read, or that tfxc itself fails on, has a result like every other.
"""
