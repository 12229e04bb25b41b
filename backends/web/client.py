"""JSON and files over HTTP, with retries and a token from the environment.

A token, a user name or a password is never part of a message, a log line or a URL.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import shutil
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Optional

import tenacity

from tfxc.schemas.failures import Failure
from tfxc.schemas.version import tfxc_version

ATTEMPTS = 4
WAIT = 0.3
"""Seconds before the second attempt, on average half of that; each further wait is twice as long."""
TIMEOUT = 60.0
"""Seconds without an answer after which a request is given up."""
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_TEXT = 300


class ServerError(Failure):
    """What a server refused. ``status`` is HTTP's (0: it gave no answer), ``code`` the server's own."""

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code


class _UnreachableError(ServerError):
    """Nobody has received the request: it may be sent again whatever it does."""


class _LostError(ServerError):
    """It is not known whether the request was received, or the server was too busy for it."""


@dataclass(frozen=True)
class Authorization:
    """The value of HTTP's header, which is not shown; and the variables that it may come from.

    ``missing`` is what to do where there is none, if that is not to set the variables.
    """

    header: Optional[str] = field(default=None, repr=False)
    variables: str = ""
    missing: str = ""


def bearer(token: str, variables: str) -> Authorization:
    """Returns the authorization by a token. Raises ServerError if it cannot stand in a header."""
    return Authorization(f"Bearer {_in_a_header(token.strip(), variables)}", variables)


def basic(user: str, password: str, variables: str) -> Authorization:
    """Returns the authorization by a user name and a password."""
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Authorization(f"Basic {text}", variables)


def _in_a_header(text: str, variables: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ServerError(f"the token in {variables} has characters that no token has.")
    return text


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would take the token to wherever it points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Returns None: the redirect is an error."""


class Client:
    """One server. Raises ServerError, whose message names the server and says what to do."""

    def __init__(self, base: str, what: str, authorization: Authorization, certificates: str = "") -> None:
        self.base = require_web_address(base, what).rstrip("/")
        self._what, self._authorization = what, authorization
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        if urllib.parse.urlsplit(base).scheme == "https":  # reading the certificates takes a while
            handlers.append(urllib.request.HTTPSHandler(context=self._tls(certificates)))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Any:
        """Returns the answer's JSON. Tried again where that may help."""
        found = {key: value for key, value in (query or {}).items() if value is not None}
        text = urllib.parse.urlencode(found, doseq=True)
        return self._json("GET", f"{path}?{text}" if text else path, None, True)

    def send(self, method: str, path: str, body: Mapping[str, Any], *, repeatable: bool) -> Any:
        """Returns the answer's JSON. ``repeatable``: sent twice it does the same as once."""
        return self._json(method, path, json.dumps(body, allow_nan=False).encode(), repeatable)

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Posts a body, and returns the answer's text whatever its form.

        Tried again where nobody may have got it: who gets it twice knows by a header of it, if there is one.
        """

        def post() -> str:
            with self._asked("POST", path, body, headers) as answer:
                return answer.read(1 << 16).decode("utf-8", "replace")

        return _retrying(_UnreachableError, _LostError)(post)

    def upload(self, path: str, file: Path) -> None:
        """Puts a file."""
        retried = _retrying(_UnreachableError, _LostError)

        def put() -> None:
            with file.open("rb") as stream:
                headers = {
                    "Content-Type": "application/octet-stream",
                    "Content-Length": str(file.stat().st_size),
                }
                with self._asked("PUT", path, stream, headers):
                    pass

        retried(put)

    def download(self, path: str, file: Path) -> None:
        """Gets a file."""
        retried = _retrying(_UnreachableError, _LostError)

        def fetch() -> None:
            with self._asked("GET", path, None, {}) as answer, file.open("wb") as stream:
                shutil.copyfileobj(answer, stream, 1 << 20)

        retried(fetch)

    def _json(self, method: str, path: str, body: Optional[bytes], repeatable: bool) -> Any:
        kinds = (_UnreachableError, _LostError) if repeatable else (_UnreachableError,)
        headers = {"Content-Type": "application/json"} if body is not None else {}

        def ask() -> Any:
            with self._asked(method, path, body, headers) as answer:
                text = answer.read()
            try:
                return json.loads(text) if text.strip() else {}
            except ValueError:
                raise ServerError(
                    f"{self._what} at {self.base} did not answer with JSON: is that its address?"
                ) from None

        return _retrying(*kinds)(ask)

    @contextlib.contextmanager
    def _asked(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Iterator[IO[bytes]]:
        request = urllib.request.Request(  # noqa: S310 - its scheme is http or https
            f"{self.base}{path}", data=body, headers=dict(headers), method=method
        )
        if not request.has_header("User-agent"):
            request.add_header("User-Agent", f"tfxc/{tfxc_version()}")
        if self._authorization.header is not None:
            request.add_unredirected_header("Authorization", self._authorization.header)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from None
        except urllib.error.URLError as error:
            raise self._unreached(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._unreached(error) from None

    def _refused(self, error: urllib.error.HTTPError) -> ServerError:
        """Returns what an answer that is an error means."""
        code, text = _reason(error)
        where = f"{self._what} at {self.base}"
        if error.code == 401:
            return ServerError(f"{where} lets nobody in like this (401): {self._credentials()}.", 401, code)
        if error.code == 403:
            return ServerError(
                f"{where} forbids this (403){text.rstrip('.')}: {self._credentials()}, and what it may do.",
                403,
                code,
            )
        if 300 <= error.code < 400:
            target = _origin(error.headers.get("Location", ""))
            return ServerError(f"{where} is not there: it points to {target}.", error.code, code)
        kind = _LostError if error.code in _BUSY else ServerError
        return kind(f"{where} refused a request ({error.code}){text}", error.code, code)

    def _credentials(self) -> str:
        variables = self._authorization.variables
        given = self._authorization.header is not None
        if not given and self._authorization.missing:
            return self._authorization.missing
        return f"check {variables}" if given else f"set {variables} in the environment"

    def _unreached(self, reason: Any) -> ServerError:
        """Returns what an error of the network means."""
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        refused = isinstance(reason, (ConnectionRefusedError, ssl.SSLError)) or "resolution" in words.lower()
        kind = _UnreachableError if refused else _LostError
        return kind(f"{self._what} at {self.base} cannot be reached: {_short(words)}.")

    def _tls(self, certificates: str) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=certificates or None)
        except (OSError, ssl.SSLError):
            raise ServerError(f"the certificates in {certificates} cannot be read.") from None


def require_web_address(url: str, what: str) -> str:
    """Returns the address. Raises ServerError if it is none, or (not showing it) has a password in it."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ServerError(f"the address of {what} must begin with http:// or https://.")
    if "@" in parts.netloc:
        raise ServerError(
            f"the address of {what} has a user name or password in it: give those in the environment."
        )
    return url


def split_address(url: str, what: str) -> tuple[str, str]:
    """Returns the origin of an address, and the rest: a webhook's path is a secret, and no message has it.

    Raises ServerError if it is no address, or has a password in it.
    """
    parts = urllib.parse.urlsplit(require_web_address(url, what))
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


def _origin(url: str) -> str:
    """Returns where a redirect points to, without what may be a secret."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another path of it"


def quoted(text: str) -> str:
    """Returns a text as one segment of a path."""
    return urllib.parse.quote(text, safe="")


def _reason(error: urllib.error.HTTPError) -> tuple[str, str]:
    """Returns a server's own code of an error, and its words as the rest of a sentence."""
    code, words = "", ""
    try:
        text = error.read(1 << 16).decode("utf-8", "replace")
        if error.headers.get_content_type() == "text/plain":
            words = text
        content = json.loads(text)
        code = str(content.get("error_code") or content.get("code") or "")
        words = str(content.get("message") or content.get("detail") or "")
    except (ValueError, AttributeError, OSError, http.client.HTTPException):
        pass
    return code, f": {_short(words)}." if words else "."


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _retrying(*kinds: type[ServerError]) -> tenacity.Retrying:
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(kinds),
        wait=tenacity.wait_random_exponential(multiplier=WAIT, max=5),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
