"""Both ports speak TLS with `--certificate` and `--key`, and nothing else then."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
from pathlib import Path

import grpc
import pytest

from tests.serving.served import TFXC, Start, free_port

pytestmark = pytest.mark.tfx


def test_both_ports_speak_tls_and_nothing_else(
    start: Start, models: Path, certificate: tuple[Path, Path]
) -> None:
    pem, key = certificate
    served = start(models / "half_plus_two", "--certificate", pem, "--key", key)

    trusting = ssl.create_default_context(cafile=str(pem))
    connection = http.client.HTTPSConnection("127.0.0.1", served.rest_port, timeout=30, context=trusting)
    connection.request("POST", "/v1/models/half_plus_two:predict", json.dumps({"instances": [1.0]}))
    assert json.loads(connection.getresponse().read()) == {"predictions": [2.5]}

    stranger = http.client.HTTPSConnection(
        "127.0.0.1", served.rest_port, timeout=30, context=ssl.create_default_context()
    )
    with pytest.raises(ssl.SSLCertVerificationError):
        stranger.request("GET", "/v1/models/half_plus_two")
    plain = http.client.HTTPConnection("127.0.0.1", served.rest_port, timeout=30)
    plain.request("GET", "/v1/models/half_plus_two")
    with pytest.raises((http.client.HTTPException, OSError)):
        plain.getresponse()

    address = f"127.0.0.1:{served.port}"
    with grpc.secure_channel(address, grpc.ssl_channel_credentials(pem.read_bytes())) as channel:
        grpc.channel_ready_future(channel).result(timeout=30)
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.FutureTimeoutError):
        grpc.channel_ready_future(channel).result(timeout=2)
    assert served.stop() in (0, -15, 143)


def test_a_certificate_that_cannot_be_used_is_one_sentence(
    models: Path, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    pem, key = certificate
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    for pair in ((nonsense, key), (pem, tmp_path / "missing.key")):
        ports = ("--port", "0", "--rest-port", str(free_port()))
        command = [*TFXC, "serve", str(models / "half_plus_two"), *ports]
        command += ["--certificate", str(pair[0]), "--key", str(pair[1])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr
        assert done.stderr.strip().count("\n") <= 2, done.stderr
    assert done.stderr == f"error: --key: `{tmp_path / 'missing.key'}` is no file\n"
