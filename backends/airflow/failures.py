"""What the DAG file does when a node has failed for good."""

from __future__ import annotations

from tfxc.backends.airflow.literals import Call, Literal, untemplated
from tfxc.backends.airflow.settings import EmailSettings, FailureSettings


def on_failure(settings: FailureSettings) -> list[Call]:
    """Returns the callbacks, as expressions of the DAG file."""
    callbacks: list[Call] = []
    if settings.callback is not None:
        callbacks.append(Call("imported", (settings.callback,)))
    if settings.email is not None:
        callbacks.append(_notifier(settings.email))
    return callbacks


def _notifier(email: EmailSettings) -> Call:
    keywords: list[tuple[str, Literal]] = [("to", [untemplated(address) for address in email.to])]
    if email.sender is not None:
        keywords.append(("from_email", untemplated(email.sender)))
    return Call("SmtpNotifier", (), (*keywords, ("smtp_conn_id", email.connection)))
