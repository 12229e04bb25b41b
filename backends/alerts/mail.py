"""A mail over SMTP, with TLS unless it is told otherwise, tried again where that may help."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate

import tenacity

from tfxc.backends.web import client
from tfxc.backends.web.client import ServerError
from tfxc.schemas.components.alert import EmailSettings

_PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}


class _LostError(ServerError):
    """It may go well at another time."""


def send_email(settings: EmailSettings, subject: str, text: str, key: str) -> str:
    """Sends a mail; returns who did not get it and why, or "". Raises ServerError if nobody did.

    ``key`` makes the Message-ID, by which most programs show a mail once that came twice.
    """
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = settings.from_
    message["To"] = ", ".join(settings.to)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<tfxc.{key}@{settings.from_.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_LostError),
        wait=tenacity.wait_random_exponential(multiplier=client.WAIT, max=5),
        stop=tenacity.stop_after_attempt(client.ATTEMPTS),
        reraise=True,
    )
    refused = retrying(_send, settings, message)
    if not refused:
        return ""
    reasons = ", ".join(f"{who} ({_answer(code, words)})" for who, (code, words) in sorted(refused.items()))
    return f"{_server(settings)} did not take it for {reasons}"


def _send(settings: EmailSettings, message: EmailMessage) -> Mapping[str, tuple[int, bytes]]:
    """Sends a mail once; returns the recipients that were refused. Raises ServerError."""
    where = _server(settings)
    try:
        with _connected(settings) as server:
            if settings.password is not None and settings.username is not None:
                server.login(settings.username, settings.password)
            return server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        refusal = _answer(error.smtp_code, error.smtp_error)
        help_line = "check `username` and `password`"
        raise ServerError(f"{where} does not let the user in ({refusal}): {help_line}.") from None
    except smtplib.SMTPRecipientsRefused as error:
        who, (code, words) = min(error.recipients.items())
        raise _of_code(code)(f"{where} refused {who}: {_answer(code, words)}.") from None
    except smtplib.SMTPResponseException as error:
        refusal = _answer(error.smtp_code, error.smtp_error)
        raise _of_code(error.smtp_code)(f"{where} refused the mail: {refusal}.") from None
    except smtplib.SMTPNotSupportedError as error:
        raise ServerError(f"{where} cannot do what is asked of it: {str(error).rstrip('.')}.") from None
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no TLS"
        raise ServerError(f"{where} cannot be trusted: {reason} (check `port` and `security`).") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _LostError(f"{where} cannot be reached: {reason.rstrip('.')}.") from None


def _connected(settings: EmailSettings) -> smtplib.SMTP:
    port = settings.port or _PORTS[settings.security]
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, port, timeout=client.TIMEOUT, context=context)
    server = smtplib.SMTP(settings.host, port, timeout=client.TIMEOUT)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _of_code(code: int) -> type[ServerError]:
    """Codes from 400 on ask to come again, from 500 on they are final."""
    return _LostError if 400 <= code < 500 else ServerError


def _server(settings: EmailSettings) -> str:
    return f"the SMTP server {settings.host}:{settings.port or _PORTS[settings.security]}"


def _answer(code: int, words: bytes | str) -> str:
    shown = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(shown.split())}".strip().rstrip(".")[:300]
