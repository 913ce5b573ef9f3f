"""Emulators of the object stores on loopback, started and stopped by the tests."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

AZURITE = "azurite@3.37.0"
# The account that every Azure emulator has.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """A server that answers on a port of loopback, until the block ends."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urlopen(address, timeout=1)
            except HTTPError:
                break
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                break
        else:
            pytest.fail(f"{command[0]} does not answer")
        yield address
    finally:
        # Asked to end, it waits for connections that clients keep open.
        process.kill()
        process.wait()


@contextmanager
def moto() -> Iterator[str]:
    """Amazon S3; its XML protocol is also that of Google Cloud Storage, which obstore speaks."""
    port = free_port()
    server = Path(sys.executable).parent / "moto_server"
    with running([str(server), "-H", "127.0.0.1", "-p", str(port)], port) as address:
        yield address


@contextmanager
def azurite(cache: Path) -> Iterator[str]:
    """Azure Blob Storage."""
    program = cache / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        if not (npm := shutil.which("npm")):
            pytest.skip("Azurite, the emulator of Azure Blob Storage, needs npm")
        options = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
        done = subprocess.run(
            [npm, "install", "--prefix", str(cache), AZURITE, *options],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"npm cannot install {AZURITE}: {done.stderr[-200:]}")
    port = free_port()
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--blobPort"]
    with running([str(program), *options, str(port)], port) as address:
        yield f"{address}/{ACCOUNT}"


def cache_folder() -> Path:
    """Where emulators that take long to install stay."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "cloudbill" / "azurite"


def make_bucket(endpoint: str, name: str) -> None:
    """A bucket that anybody may read, since Google's libraries send emulators no credentials."""
    urlopen(Request(f"{endpoint}/{name}", method="PUT"))
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
    statement = {**allowed, "Resource": f"arn:aws:s3:::{name}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()
    headers = {"Content-Type": "application/json"}
    urlopen(Request(f"{endpoint}/{name}?policy", method="PUT", data=policy, headers=headers))


def make_container(endpoint: str, name: str) -> None:
    """Azure Storage, "Authorize with Shared Key"."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
    signed = "PUT" + "\n" * 12 + "".join(f"{k}:{v}\n" for k, v in sorted(headers.items()))
    signed += f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers["Content-Length"] = "0"
    urlopen(Request(f"{endpoint}/{name}?restype=container", method="PUT", headers=headers))
