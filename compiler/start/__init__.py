"""`tfxc init` and `tfxc new`: a project out of data, or of one of the examples.

data → columns → what each is to the model → files → a folder. Only the last step writes.
"""
