"""The model that was blessed last."""

from __future__ import annotations

from tfxc.backends.metadata.values import Artifact, History


def latest_blessed_model(history: History) -> Artifact | None:
    """Returns the Model that a node read which blessed it, in the latest run with such a node; or None.

    A node that was cached blesses again what it had blessed; a blessing that a Resolver found counts in the
    run that made it. What was deleted is passed over.
    """
    for run in reversed(history.runs):
        for node in reversed(run.nodes):
            models = node.inputs.get("model", ())
            blessings = [each for outputs in node.outputs.values() for each in outputs]
            is_blessed = any(
                each.type == "ModelBlessing" and each.custom_properties.get("blessed") == 1
                for each in blessings
            )
            if is_blessed and models and models[-1].state == "live":
                return models[-1]
    return None
