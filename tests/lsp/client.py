"""A client of `tfxc lsp` that speaks the protocol over its standard streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, Any


class Client:
    """Speaks JSON-RPC to one server."""

    def __init__(self, stderr: IO[bytes] | None = None) -> None:
        program = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()", "lsp"]
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
        self.number = 0
        self.asked: list[str] = []
        self.errors: list[dict[str, Any]] = []
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        capabilities = {
            "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}},
            "workspace": {
                name: {"refreshSupport": True} for name in ("semanticTokens", "inlayHint", "codeLens")
            },
        }
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.tell("initialized", {})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            self.asked.append(message["method"])
            self.send({"id": message["id"], "result": None})
        if "error" in message:
            self.errors.append(message["error"])
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while (message := self.read()).get("id") != self.number or "method" in message:
            pass
        return message.get("error") or message.get("result")

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        self.wait(uri)
        return uri

    def change(self, uri: str, version: int, line: int, first: int, last: int, text: str) -> None:
        """Replaces the characters ``[first, last)`` of a line."""
        place = {"start": {"line": line, "character": first}, "end": {"line": line, "character": last}}
        changes = [{"range": place, "text": text}]
        document = {"uri": uri, "version": version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def wait(self, uri: str) -> list[dict[str, Any]]:
        self.diagnostics.pop(uri, None)
        while uri not in self.diagnostics:
            self.read()
        return self.diagnostics[uri]

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        position = {"line": line, "character": character}
        return self.ask(
            f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more}
        )
