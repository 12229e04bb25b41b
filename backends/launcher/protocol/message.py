"""What all messages of the launcher share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Message(BaseModel):
    """Base of all messages: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _encodable(text: object) -> object:
    """Writes out what UTF-8 cannot hold: lone surrogates, of file names that are no UTF-8, say."""
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else text


Printable = Annotated[str, BeforeValidator(_encodable)]


class LaunchError(Message):
    """Why something failed: one sentence for the user, the exception's type, and the last frames
    of the traceback that are the user's own."""

    message: Printable
    exception: Printable = ""
    traceback: Printable = ""
