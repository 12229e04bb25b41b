"""``tfxc lsp``"""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import sys

from tfxc.schemas.failures import Failure

EXAMPLES = """
tfxc lsp
"""


def lsp() -> None:
    """Answer an editor about specs, over the Language Server Protocol.

    Editors start it; it speaks on standard input and output. It completes component ids, channels by their
    artifact type, parameters, splits, keys and values; it shows what is wrong while you type and offers the
    fixes; it goes to definitions, finds and renames. docs/editor.md says how to set up Neovim and others.
    """
    if importlib.util.find_spec("pygls") is None:
        raise Failure("the language server needs pygls, which is not installed here: install tfxc[lsp].")
    from tfxc.compiler.lsp.features import make_server

    # What was imported stays, and a check makes a million objects: by default the collector looks through all
    # that there is again and again, for a third of the time that a check takes.
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_a_fault)
    # copies: the server closes what it reads and writes
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        make_server().start_io(requests, answers)  # type: ignore[arg-type]  # it takes bytes, whatever its types say


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Whether something failed: that a name is taken, say, is an answer, and the editor has it."""
    from pygls.exceptions import JsonRpcException, JsonRpcInternalError

    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, JsonRpcException) or isinstance(error, JsonRpcInternalError)
