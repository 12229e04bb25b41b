"""Custom properties of what tfxc's own components put out, which summaries read."""

SENT, SENT_TO = "sent", "sent_to"
"""Of an Alert's output: 1 or 0, and the ways that it was sent, with commas."""
TRIGGERED, RUN, WHERE = "triggered", "run", "where"
"""Of a PipelineTrigger's output: 1 or 0, the id of the run that was started, and what it belongs to."""
REASON = "reason"
"""Of both: why something was done or was not, and what else there is to say."""
