"""ML Metadata's gRPC server in Python: the service of metadata_store_service.proto over MLMD's own store.

The package ml-metadata has the client only. The server here hands every request, as bytes, to the C++
store that the package has too:

    python tests/kubeflow/mlmd_server.py metadata.sqlite [PORT]

prints its port and serves until it is killed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from ml_metadata import errors
from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store as native
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2

SERVICE = metadata_store_service_pb2.DESCRIPTOR.services_by_name["MetadataStoreService"]


def handler(store: Any, lock: threading.Lock, name: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """Returns what answers one method of the service."""
    call = getattr(native, name)

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        with lock:
            response, message, code = call(store, request)
        if code != errors.OK:
            status = next(each for each in grpc.StatusCode if each.value[0] == code)
            context.abort(status, message.decode() if isinstance(message, bytes) else str(message))
        return bytes(response)

    return answer


def main() -> None:
    """Serves the store of a SQLite file."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = sys.argv[1]
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    store = native.CreateMetadataStore(
        config.SerializeToString(), metadata_store_pb2.MigrationOptions().SerializeToString()
    )
    lock = threading.Lock()
    methods = {
        method.name: grpc.unary_unary_rpc_method_handler(handler(store, lock, method.name))
        for method in SERVICE.methods
        if hasattr(native, method.name)
    }
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.full_name, methods),))
    port = server.add_insecure_port(f"127.0.0.1:{sys.argv[2] if len(sys.argv) > 2 else 0}")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
