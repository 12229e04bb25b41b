"""Sending a notice: as JSON to a webhook, as a message to Slack and its like, as a mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tfxc.backends.alerts.mail import send_email
from tfxc.backends.alerts.message import body, text, title
from tfxc.backends.alerts.notice import Notice
from tfxc.backends.web.client import Authorization, Client, split_address
from tfxc.backends.web.headers import checked_headers
from tfxc.schemas.components.alert import EmailSettings, SlackSettings, WebhookSettings
from tfxc.schemas.protos.base import ConfigModel

IDEMPOTENCY_KEY = "Idempotency-Key"
"""The header by which a server knows that it got a notice before."""
_MOST_IN_SLACK = 30_000
_TAKE_PARTS = "check the `headers` that the spec gives"


def send_webhook(settings: WebhookSettings, notice: Notice) -> str:
    """Posts a notice as JSON. Returns "". Raises ServerError."""
    origin, path = split_address(settings.url, "the webhook")
    own = checked_headers(settings.headers or {})
    headers = {"Content-Type": "application/json", IDEMPOTENCY_KEY: notice.key, **own}
    client = Client(origin, "the webhook", Authorization(missing=_TAKE_PARTS))
    client.tell(path, _json(body(notice)), headers)
    return ""


def send_slack(settings: SlackSettings, notice: Notice) -> str:
    """Posts a notice to an incoming webhook. Returns "". Raises ServerError.

    The body is Slack's ``{"text": …}``, which Mattermost, Rocket.Chat and others take too.
    """
    origin, path = split_address(settings.webhook_url, "the Slack webhook")
    head, _, rest = text(notice).partition("\n")
    shown = f"*{_escaped(head)}*"
    if rest.strip():
        shown += f"\n```\n{_escaped(rest.strip())[:_MOST_IN_SLACK]}\n```"
    client = Client(origin, "the Slack webhook", Authorization(missing="check `webhook_url`"))
    headers = {"Content-Type": "application/json", IDEMPOTENCY_KEY: notice.key}
    client.tell(path, _json({"text": shown}), headers)
    return ""


def _send_email(settings: EmailSettings, notice: Notice) -> str:
    return send_email(settings, title(notice), text(notice), notice.key)


DESTINATIONS: Mapping[str, tuple[type[ConfigModel], Callable[[Any, Notice], str]]] = MappingProxyType(
    {
        "webhook": (WebhookSettings, send_webhook),
        "slack": (SlackSettings, send_slack),
        "email": (EmailSettings, _send_email),
    }
)
"""argument of an Alert → its settings and who sends, who returns what else must be said"""


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def _escaped(text: str) -> str:
    """Returns a text that Slack takes for no link, mention or end of a block of code."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("```", "'''")
