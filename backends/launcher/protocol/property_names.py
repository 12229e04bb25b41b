"""Properties that tfxc adds: to executions, most so that they are part of TFX's cache key, and to models.

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
SERVABLE = "servable"
"""Of a model: whether it can be served (1 or 0); none where that is not known."""
SERVABLE_REASON = "servable_reason"
"""Of a model: why it cannot be served, or why that is not known."""
