"""Execution properties that tfxc adds to a node; most so that they are part of TFX's cache key.

TFX treats names with two leading underscores as internal and shows them to no one.
"""

MODULE_CHECKSUM = "__tfxc_module_sha256__"
"""The checksum of the user's code."""
CONTENT_CHECKSUM = "__tfxc_content_sha256__"
"""The checksum of the local files that a node takes in by their path; of an imported artifact it is a custom
property."""
WORKING_DIRECTORY = "__tfxc_working_directory__"
"""The folder that a container's command starts in, which may change what it does."""
ERROR = "__tfxc_error__"
"""Of a failed execution, and no part of the key: the sentence that its run says of it."""
