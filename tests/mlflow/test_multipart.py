"""Artifacts in parts, and by addresses that are handed on: with the real client, whose threshold is set low, and without it."""

import hashlib
import os
import pathlib

import pytest
import requests
from mlflow.store.artifact import http_artifact_repo
from mlflow.utils import request_utils

from slipway import ADMIN
from wire import INVALID, MISSING, Wire, expect

pytestmark = pytest.mark.differs("a local folder there knows no parts")

BASE = "/api/2.0/mlflow-artifacts/"
CONTENT = hashlib.shake_256(b"in parts").digest(1_000_001)


@pytest.fixture
def parts(monkeypatch):
    """Uploads of any size go in parts of 100,000 bytes, downloads in parts of 65,536; gives the requests that are made."""
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "100000")
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", "65536")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    made = []
    put, download = requests.put, request_utils.cloud_storage_http_request
    monkeypatch.setattr(requests, "put", lambda url, **options: made.append(("PUT", url)) or put(url, **options))
    monkeypatch.setattr(request_utils, "cloud_storage_http_request",
                        lambda method, url, **options: made.append((method.upper(), url)) or download(method, url, **options))
    return made


@pytest.fixture
def file(tmp_path):
    def file(content, name="weights.bin"):
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return file


@pytest.fixture
def folder(wire, run):
    return wire.get("runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")


def lying(slipway):
    """Parts that lie in the server's folder."""
    return [path for path in (slipway.folder / "artifacts/parts").rglob("*") if path.is_file()]


def test_the_client_sends_and_fetches_in_parts(slipway, client, run, parts, file, tmp_path):
    client.log_artifact(run, file(CONTENT, "wéights 1.bin"), "deep/er")
    assert [method for method, _ in parts] == ["PUT"] * 11 and len({url for _, url in parts}) == 11
    assert [(f.path, f.file_size) for f in client.list_artifacts(run, "deep/er")] == [("deep/er/wéights 1.bin", len(CONTENT))]
    down = client.download_artifacts(run, "deep/er/wéights 1.bin", str(tmp_path))
    assert pathlib.Path(down).read_bytes() == CONTENT
    assert [method for method, _ in parts[11:]] == ["GET"] * 16
    digest = hashlib.sha256(CONTENT).hexdigest()
    [listed] = slipway.api(ADMIN).get(f"/api/v1/runs/{run}/artifacts?path=deep/er")["files"]
    assert (listed["sha256"], listed["size"]) == (digest, len(CONTENT))
    assert not lying(slipway)


@pytest.mark.parametrize("size", [0, 1, 99_999, 100_000, 100_001, 200_000])
def test_every_size_arrives_whole(client, run, parts, file, tmp_path, size):
    client.log_artifact(run, file(CONTENT[:size]))
    assert pathlib.Path(client.download_artifacts(run, "weights.bin", str(tmp_path))).read_bytes() == CONTENT[:size]


def test_the_same_name_again_replaces(client, run, parts, file, tmp_path):
    client.log_artifact(run, file(CONTENT))
    client.log_artifact(run, file(CONTENT[:150_000]))
    assert pathlib.Path(client.download_artifacts(run, "weights.bin", str(tmp_path))).read_bytes() == CONTENT[:150_000]


def test_a_part_that_fails_leaves_nothing(slipway, client, run, parts, file, monkeypatch):
    """The disk of the sender breaks in the middle: the client aborts."""
    read = http_artifact_repo.read_chunk

    def broken(path, size, start):
        if start == 500_000:
            raise OSError("the disk broke")
        return read(path, size, start)

    monkeypatch.setattr(http_artifact_repo, "read_chunk", broken)
    with pytest.raises(Exception, match="the disk broke"):
        client.log_artifact(run, file(CONTENT))
    assert client.list_artifacts(run) == [] and not lying(slipway)


class Upload:
    """An upload by hand."""

    def __init__(self, wire, folder, count=2, path="x.bin"):
        self.wire, self.folder, self.path = wire, folder, path
        made = wire.ok("POST", f"mpu/create/{folder}", {"path": path, "num_parts": count}, base=BASE)
        self.id, self.addresses = made["upload_id"], [credential["url"] for credential in made["credentials"]]
        self.tags = {}

    def send(self, number, content):
        answer = requests.put(self.addresses[number - 1], data=content, timeout=30)
        assert answer.status_code == 200, answer.text
        self.tags[number] = answer.headers["ETag"]
        return self

    def body(self, **fields):
        parts = [{"part_number": number, "etag": tag} for number, tag in sorted(self.tags.items())]
        return {"path": self.path, "upload_id": self.id, "parts": parts} | fields

    def complete(self, wire=None, **fields):
        return (wire or self.wire).call("POST", f"mpu/complete/{self.folder}", self.body(**fields), base=BASE)

    def abort(self, wire=None):
        return (wire or self.wire).call("POST", f"mpu/abort/{self.folder}", self.body(), base=BASE)


def absent(wire, folder, name="x.bin"):
    expect(wire.send("GET", f"{BASE}artifacts/{folder}/{name}"), MISSING)
    return True


def test_what_is_not_whole_is_never_seen(slipway, wire, folder):
    upload = Upload(wire, folder).send(1, b"hel")
    assert "must be all 2" in expect(upload.complete(), INVALID) and absent(wire, folder)
    upload.send(2, b"lo")
    first, second = upload.body()["parts"]
    for parts in ([], [first], [second], [first, first], [first, second | {"part_number": 3}], [first, second | {"etag": first["etag"]}], [second | {"part_number": 1}, first | {"part_number": 2}]):
        expect(upload.complete(parts=parts), INVALID)
        assert absent(wire, folder)
    assert upload.complete().json() == {} and upload.complete().status_code == 200, "asked again, it is done"
    assert wire.send("GET", f"{BASE}artifacts/{folder}/x.bin").content == b"hello" and not lying(slipway)
    upload.abort()
    assert wire.send("GET", f"{BASE}artifacts/{folder}/x.bin").content == b"hello"


def test_an_upload_is_its_senders_own(slipway, wire, folder, key, uri, join):
    upload = Upload(wire, folder).send(1, b"hel").send(2, b"lo")
    other = slipway.new_project()
    for who, project, role, code in [("Mei", key, "member", MISSING), ("Mara", key, "viewer", "PERMISSION_DENIED"), ("Rita", other, "admin", MISSING)]:
        join(who, project, role=role)
        token = slipway.token(f"{who.lower()}@slipway.test")
        for at in (uri, slipway.url, slipway.tracking_uri(other)):
            theirs = Wire(at, token)
            for answer in (upload.complete(theirs), upload.abort(theirs)):
                assert answer.status_code in (403, 404), (who, at, answer.text)
        theirs = Wire(uri, token)
        expect(upload.complete(theirs), code)
        expect(upload.abort(theirs), code)
        started = theirs.call("POST", f"mpu/create/{folder}", {"path": "x", "num_parts": 1}, base=BASE)
        assert started.status_code == (200 if who == "Mei" else 403 if who == "Mara" else 404)
    nobody = Wire(uri)
    assert {upload.complete(nobody).status_code, upload.abort(nobody).status_code} == {401}
    assert absent(wire, folder) and upload.complete().status_code == 200


def test_an_address_opens_what_it_says_and_nothing_else(wire, folder):
    upload = Upload(wire, folder).send(1, b"hel")
    address = upload.addresses[1]
    head, seal = address.rsplit(".", 1)
    other = Upload(wire, folder).addresses[1].rsplit(".", 1)[0]
    for forged in (f"{other}.{seal}", f"{head}.{'A' * len(seal)}", f"{head}.", head, f"{head}.{seal[:-2]}", f"{head}.{seal}x", address.rsplit("/", 1)[0] + "/e30.AAAA"):
        for method in ("PUT", "GET"):
            answer = requests.request(method, forged, data=b"forged", timeout=30)
            assert answer.status_code in (403, 404), (forged, answer.status_code)
    assert requests.get(address, timeout=30).status_code == 403, "it takes in and gives nothing out"
    assert requests.post(address, timeout=30).status_code == 405
    upload.send(2, b"lo").complete()
    assert requests.put(address, data=b"late", timeout=30).status_code == 404, "it is done"
    assert wire.send("GET", f"{BASE}artifacts/{folder}/x.bin").content == b"hello"


@pytest.mark.parametrize("name", ["..", ".", "../../x", "/etc/passwd/", "a;b", "a\\..\\..", "a\nb", "%2e%2e", "C:", "x" * 3000])
def test_names_stay_in_their_folder(slipway, wire, folder, name):
    answer = wire.call("POST", f"mpu/create/{folder}", {"path": name, "num_parts": 1}, base=BASE)
    if answer.status_code == 200:
        [address] = [credential["url"] for credential in answer.json()["credentials"]]
        tag = requests.put(address, data=b"x", timeout=30).headers["ETag"]
        body = {"path": name, "upload_id": answer.json()["upload_id"], "parts": [{"part_number": 1, "etag": tag}]}
        assert wire.call("POST", f"mpu/complete/{folder}", body, base=BASE).status_code == 200
        listed = wire.send("GET", f"{BASE}artifacts?path={folder}").json()["files"]
        assert [file["path"] for file in listed] == [name.replace("\\", "/").rsplit("/", 1)[-1]]
    else:
        expect(answer, INVALID)
    modes = {path.stat().st_mode & 0o077 for path in (slipway.folder / "artifacts").rglob("*")}
    assert modes == {0}, "nobody else reads or writes what arrives"


def test_addresses_are_handed_on(wire, run, experiment):
    model = wire.post("logged-models", experiment_id=experiment, name="m")["model"]["info"]["model_id"]
    for whose in ({"run_id": run}, {"model_id": model}):
        handed = wire.post("artifacts/presigned-upload-url", path="deep/card.md", expiration=60, **whose)
        assert requests.put(handed["presigned_url"], data=b"# Card", timeout=30).status_code == 200
    handed = wire.post("artifacts/presigned-download-url", run_id=run, path="deep/card.md")
    assert handed["file_size"] == 6
    got = requests.get(handed["presigned_url"], headers={"Range": "bytes=2-"}, timeout=30)
    assert (got.status_code, got.content, got.headers["Content-Security-Policy"]) == (206, b"Card", "default-src 'none'; sandbox")
    for expiration in (0, -1, 604_801, 2**63, "soon", 0.5):
        wire.refused(INVALID, "POST", "artifacts/presigned-upload-url", run_id=run, path="x", expiration=expiration)
        wire.refused(INVALID, "POST", "artifacts/presigned-download-url", run_id=run, path="deep/card.md", expiration=expiration)
    wire.refused(INVALID, "POST", "artifacts/presigned-upload-url", run_id=run, model_id=model, path="x")
    wire.refused(MISSING, "POST", "artifacts/presigned-download-url", run_id=run, path="nothing")


def test_an_address_ends_with_the_token_behind_it(slipway, uri, wire, folder):
    api, named = slipway.api(ADMIN), slipway.token(ADMIN, "--scope", "track")
    upload = Upload(Wire(uri, named), folder, count=1)
    [token] = [token for token in api.get("/api/v1/tokens")["items"] if token["scope"] == "track"][:1]
    assert requests.put(upload.addresses[0], data=b"x", timeout=30).status_code == 200
    api.delete(f"/api/v1/tokens/{token['id']}")
    assert requests.put(upload.addresses[0], data=b"x", timeout=30).status_code == 403


def test_600_megabytes_go_in_parts_by_themselves(slipway, client, run, tmp_path, monkeypatch):
    """The client's own threshold and sizes, once; `LARGE_UPLOAD_MB` makes it larger."""
    size = int(os.environ.get("LARGE_UPLOAD_MB", "0")) * 1024 * 1024
    if not size:
        pytest.skip("set LARGE_UPLOAD_MB=600")
    block = hashlib.shake_256(b"large").digest(1024 * 1024)
    large, digest = tmp_path / "large.bin", hashlib.sha256()
    with large.open("wb") as out:
        for _ in range(size // len(block)):
            out.write(block)
            digest.update(block)
    client.log_artifact(run, str(large))
    [listed] = slipway.api(ADMIN).get(f"/api/v1/runs/{run}/artifacts")["files"]
    assert (listed["sha256"], listed["size"]) == (digest.hexdigest(), size)
    down = client.download_artifacts(run, "large.bin", str(tmp_path / "down"))
    with open(down, "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hexdigest()
    status = pathlib.Path(f"/proc/{slipway.process.pid}/status").read_text()
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024
    print(f"{size // 1024 // 1024} MB in parts, at most {peak} MB of memory")
    assert peak <= 64 or slipway.database is None
