"""A large artifact streams: the server's memory stays small however many bytes go up and come down, and an upload that
breaks off is never to be seen."""

import hashlib
import os
import shutil
import socket

import pytest
import requests

from slipway import ADMIN, Fresh
from wire import Wire

MB = 1024 * 1024
BLOCK = bytes(range(256)) * (MB // 256)
SIZE = int(os.environ.get("LARGE_ARTIFACT_MB", 4096)) * MB
MOST_MEMORY = 64 * MB


@pytest.fixture
def place():
    """A server of its own, and where a new run's artifacts lie."""
    with Fresh("sqlite") as server:
        server.add_user(ADMIN, "--admin")
        server.start()
        wire = Wire(server.tracking_uri(server.new_project()), server.token(ADMIN))
        run = wire.post("runs/create", experiment_id="0", start_time=1)["run"]["info"]
        yield server, wire, run["run_id"], "/api/2.0/mlflow-artifacts/artifacts/" + run["artifact_uri"].removeprefix("mlflow-artifacts:/")


def test_gigabytes_take_little_memory(place):
    server, wire, _, folder = place
    # What is stored fills the disk for a while, so a small disk gets a smaller file.
    blocks = min(SIZE, shutil.disk_usage(server.folder).free // 4) // MB
    assert blocks > 100
    digest = hashlib.sha256()

    def body():
        for _ in range(blocks):
            digest.update(BLOCK)
            yield BLOCK

    address, headers = wire.uri + folder + "/large.bin", wire.session.headers
    assert requests.put(address, data=body(), headers=headers, timeout=600).status_code == 200
    down, read = hashlib.sha256(), 0
    with requests.get(address, headers=headers, stream=True, timeout=600) as answer:
        for block in answer.iter_content(MB):
            down.update(block)
            read += len(block)
    peak = memory(server.process.pid)
    print(f"{blocks} MB up and down, at most {peak // MB} MB of memory")
    assert read == blocks * MB and down.hexdigest() == digest.hexdigest()
    assert peak <= MOST_MEMORY


def test_an_upload_that_breaks_off_is_not_there(place):
    server, wire, run, folder = place
    wire.send("PUT", folder + "/model.bin", data=b"whole")
    head = (f"PUT {wire.uri.removeprefix(server.url)}{folder}/model.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {8 * MB}\r\n"
            f"Authorization: {wire.session.headers['Authorization']}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + BLOCK * 3)
    assert wire.send("GET", folder + "/model.bin").content == b"whole"
    assert [file["path"] for file in wire.get("artifacts/list", run_id=run)["files"]] == ["model.bin"]


def memory(process):
    """The most that was resident at once, in bytes."""
    with open(f"/proc/{process}/status") as status:
        (line,) = [line for line in status if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
