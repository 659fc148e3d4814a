"""What has gone wrong in servers of this kind before, tried from outside: paths that leave their place, files written where
they must not be, names that fill the machine, digests that lie. A secret file lies beside the data; nobody ever reads it.
"""

import base64
import hashlib
import http.client
import itertools

import pathlib
import secrets
import stat
import time
import urllib.parse

import pytest
import requests

from slipway import ADMIN
from wire import Wire

pytestmark = pytest.mark.differs("projects and tokens; MLflow's server has the holes")


class Canary:
    """A file outside of all that may be read, and what everything beside the data looked like."""

    def __init__(self, slipway):
        self.folder = slipway.folder.parent / "canary"
        self.folder.mkdir(exist_ok=True)
        self.file = self.folder / "secret.txt"
        self.secret = secrets.token_hex(24)
        self.file.write_text(self.secret)
        self.home = slipway.folder.parent
        self.before = self.outside()

    def outside(self):
        """Digests of all files that are not the server's own."""
        own = {self.home / "data"}
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.home.rglob("*")
                if path.is_file() and path.suffix != ".log" and not own & set(path.parents)}

    def is_safe(self, answer):
        status, body = answer
        assert 400 <= status < 500, (status, body[:300])
        assert self.secret.encode() not in body
        return True


@pytest.fixture
def canary(slipway):
    canary = Canary(slipway)
    yield canary
    assert canary.outside() == canary.before, "something outside of the data has changed"


@pytest.fixture
def raw(slipway, key):
    """raw(method, path) sends a path as it is, which clients would tidy up first."""

    def raw(method, path, body=None, **headers):
        host = urllib.parse.urlsplit(slipway.url).netloc
        connection = http.client.HTTPConnection(host, timeout=30)
        headers = {"Authorization": f"Bearer {slipway.token(ADMIN)}"} | headers
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers | {"Content-Length": str(len(body or b""))}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()

    return raw


def ways_out(target):
    """The same target in every spelling that once led somewhere."""
    up = "../" * 12 + target.lstrip("/")
    spellings = [target, up, "a/" + up, up.replace("/", "\\"), "..\\/" * 12 + target.lstrip("/"), "....//" * 12 + target.lstrip("/"),
                 "C:" + target, "C:\\" + target, "//host/share" + target, "\\\\?\\" + target, "/proc/self/root" + target,
                 "//proc/self/root" + target, "file:" + target, "file://" + target, "FILE:///" + target.lstrip("/"), "a;/" + up,
                 "a#/" + up, "a?x=1#/" + up, "..%00/" + up, "%c0%ae%c0%ae/" * 12 + target.lstrip("/"), "%u002e%u002e/" + up,
                 "\uff0e\uff0e/" * 12 + target.lstrip("/"), "./" + up, "a/./../" + up, "~" + target]
    for spelling in spellings:
        yield spelling
        once = urllib.parse.quote(spelling, safe="")
        yield once
        yield urllib.parse.quote(once, safe="")
        yield urllib.parse.quote(urllib.parse.quote(once, safe=""), safe="")


def doors(key):
    for space, api in itertools.product(("", f"/p/{key}"), ("api", "ajax-api")):
        yield f"{space}/{api}/2.0/mlflow-artifacts/artifacts"


def test_no_artifact_path_leaves_its_run(raw, canary, wire, key, run, experiment):
    home = f"{experiment}/{run}/artifacts"
    for door in doors(key):
        for way in ways_out(str(canary.file)):
            sendable = urllib.parse.quote(way, safe="/%;:?#\\~.")
            for address in (f"{door}/{sendable}", f"{door}/{home}/{sendable}"):
                address = address.replace("\\", "%5C").replace("#", "%23")
                status, body = raw("GET", address)
                assert status in (400, 401, 403, 404) and canary.secret.encode() not in body, address
                assert raw("DELETE", address)[0] < 500, address
            status, body = raw("GET", f"{door}?path={urllib.parse.quote(way, safe='')}")
            assert status < 500 and canary.secret.encode() not in body and b"secret.txt" not in body
    assert canary.file.exists()


def test_no_upload_lands_outside(raw, canary, key, run, experiment):
    home = f"{experiment}/{run}/artifacts"
    for door in list(doors(key))[:2]:
        for way in ways_out(str(canary.folder / "written.txt")):
            address = f"{door}/{home}/{urllib.parse.quote(way, safe='/%;:?~.')}".replace("\\", "%5C")
            assert raw("PUT", address, b"mine now")[0] < 500, address
    assert not (canary.folder / "written.txt").exists()


def test_no_listing_by_run_leaves_its_run(wire, canary, run):
    for way in ways_out(str(canary.folder)):
        answer = wire.call("GET", "artifacts/list", {"run_id": run, "path": way})
        assert answer.status_code < 500 and "secret.txt" not in answer.text, way


def test_no_location_points_into_the_machine(wire, canary, fresh):
    folder = str(canary.folder)
    for location in [folder, f"file://{folder}", f"file:{folder}", f"FILE://{folder}", f"//proc/self/root{folder}", f"http://x/#/../..{folder}",
                     f"http://127.0.0.1:1/{folder}", f"x#/../..{folder}", f"mlflow-artifacts:/../../..{folder}", f"mlflow-artifacts:/%2e%2e{folder}",
                     f"s3://a/b#/../..{folder}", f"s3://a/../..{folder}", f"s3://a/%252e%252e/{folder}", "runs:/x/y", "", " "]:
        answer = wire.call("POST", "experiments/create", {"name": fresh(), "artifact_location": location})
        assert answer.status_code in (200, 400), location
        if answer.ok:
            made = wire.get("experiments/get", experiment_id=answer.json()["experiment_id"])["experiment"]
            assert made["artifact_location"].startswith("mlflow-artifacts:/") or location.startswith("s3://"), location
            assert folder not in made["artifact_location"] or ".." not in made["artifact_location"], location


SOURCES = ["{folder}", "file://{folder}", "file:{folder}", "FILE:///{folder}", "file:p", "file://p", ":p", "", "//proc/self/root{folder}",
           "mlflow-artifacts:/{home}/../../../..{folder}", "mlflow-artifacts:/{home}/%2e%2e/%2e%2e{folder}", "mlflow-artifacts:/{home};x/../..{folder}",
           "mlflow-artifacts:/{home}?x=../..{folder}", "mlflow-artifacts:/{home}#/../..{folder}", "..\\..\\{folder}", "C:{folder}", "\\\\host\\share",
           "runs:/{run}/../../..{folder}", "runs:/{run}/%252e%252e/x", "http://127.0.0.1:1/x", "https://169.254.169.254/latest", "ftp://127.0.0.1/x",
           "models:/../x/1", "dbfs:/x?y=../..{folder}"]


@pytest.mark.parametrize("tag", [None, "mlflow.prompt.is_prompt", "mlflow.prompt.text", "_mlflow_prompt_type"])
def test_no_version_comes_from_the_machine_whatever_its_tags(wire, raw, canary, fresh, run, experiment, tag, key):
    wire.post("registered-models/create", name=(name := fresh("model").replace(" ", "-")))
    tags = [{"key": tag, "value": "true"}] if tag else []
    for source in SOURCES:
        source = source.format(folder=canary.folder, home=f"{experiment}/{run}/artifacts", run=run)
        answer = wire.call("POST", "model-versions/create", {"name": name, "source": source, "run_id": run, "tags": tags})
        assert answer.status_code in (200, 400, 404), source
        if answer.ok:
            version = answer.json()["model_version"]["version"]
            uri = wire.get("model-versions/get-download-uri", name=name, version=version)["artifact_uri"]
            assert source.startswith("dbfs:"), f"{source} was taken, as {uri}"


def test_names_stay_names(wire, raw, key):
    odd = ["../x", "a/b", ".", "..", "CON", "\u202eevil", "a\x00b", "x" * 1_000_000, "a b", "a%20b", "a+b", "\u00e9", "e\u0301", "A B", "<script>", "{{7*7}}", "$(touch x)"]
    for name in odd:
        for route, field in (("experiments/create", "name"), ("registered-models/create", "name")):
            began = time.monotonic()
            answer = wire.call("POST", route, {field: name})
            assert answer.status_code in (200, 400) and time.monotonic() - began < 5, name[:50]
            if answer.ok and route.startswith("experiments"):
                found = wire.get("experiments/get-by-name", experiment_name=name)["experiment"]
                assert found["name"] == name, "a name is one name, as it was written"


def test_nobody_puts_or_reads_without_being_known(slipway, key, run, experiment):
    home = f"{experiment}/{run}/artifacts"
    for door in doors(key):
        for method in ("GET", "PUT", "DELETE"):
            answer = requests.request(method, f"{slipway.url}{door}/{home}/x.txt", data=b"x", timeout=20)
            assert answer.status_code == 401, (method, door)


def test_another_project_is_absent_through_every_door(slipway, raw, key, run, experiment, join):
    path = f"{experiment}/{run}/artifacts/model.txt"
    assert raw("PUT", f"/p/{key}/api/2.0/mlflow-artifacts/artifacts/{path}", b"theirs")[0] == 200
    other = slipway.new_project()
    slipway.join(other, "Lev")
    token = slipway.token("lev@slipway.test")
    for door in [*doors(key), *doors(other)]:
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            status, body = raw(method, f"{door}/{path}", b"mine", Authorization=f"Bearer {token}")
            assert status == 404 and b"theirs" not in body, (method, door)
    assert raw("GET", f"/p/{key}/api/2.0/mlflow-artifacts/artifacts/{path}")[1] == b"theirs"


def test_too_much_at_once_is_refused_quickly(wire, run):
    point = {"key": "m", "value": 1, "timestamp": 1, "step": 0}
    loads = {
        "a million points": {"metrics": [point] * 100_000}, "tags without end": {"tags": [{"key": f"t{n}", "value": "x"} for n in range(100_000)]},
        "a long name": {"params": [{"key": "k" * 1_000_000, "value": "x"}]},
    }
    for what, load in loads.items():
        began = time.monotonic()
        answer = wire.call("POST", "runs/log-batch", {"run_id": run} | load)
        assert answer.status_code in (400, 413) and time.monotonic() - began < 10, what
    assert not wire.get("runs/get", run_id=run)["run"]["data"].get("metrics")


def test_what_is_stored_is_for_its_owner_only(slipway, wire, run, experiment):
    Wire(wire.uri, slipway.token(ADMIN)).send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/m.pkl", data=b"cos\nsystem\n")
    found = [path for path in slipway.folder.rglob("*")]
    assert len(found) > 3
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & (stat.S_IWGRP | stat.S_IWOTH), (path, oct(mode))
    assert stat.S_IMODE(pathlib.Path(slipway.folder).stat().st_mode) == 0o700


def test_files_that_collide_elsewhere_have_digests_of_their_own(slipway, wire, api_files, run, experiment):
    one, two = (base64.b16decode(text) for text in COLLISION)
    assert hashlib.md5(one).digest() == hashlib.md5(two).digest() and one != two
    for name, content in (("one", one), ("two", two)):
        wire.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{name}", data=content)
    digests = api_files(run)
    assert digests["one"] == hashlib.sha256(one).hexdigest() and digests["two"] == hashlib.sha256(two).hexdigest()


@pytest.fixture
def api_files(admin):
    """The digests that our own API shows for a run's artifacts, by name."""
    return lambda run: {file["path"].rsplit("/")[-1]: file["sha256"] for file in admin.get(f"/api/v1/runs/{run}/artifacts")["files"]}


# Two blocks with one MD5, made public by Wang and Yu in 2004.
COLLISION = [
    "D131DD02C5E6EEC4693D9A0698AFF95C2FCAB58712467EAB4004583EB8FB7F8955AD340609F4B30283E488832571415A085125E8F7CDC99FD91DBDF280373C5B"
    "D8823E3156348F5BAE6DACD436C919C6DD53E2B487DA03FD02396306D248CDA0E99F33420F577EE8CE54B67080A80D1EC69821BCB6A8839396F9652B6FF72A70",
    "D131DD02C5E6EEC4693D9A0698AFF95C2FCAB50712467EAB4004583EB8FB7F8955AD340609F4B30283E4888325F1415A085125E8F7CDC99FD91DBD7280373C5B"
    "D8823E3156348F5BAE6DACD436C919C6DD53E23487DA03FD02396306D248CDA0E99F33420F577EE8CE54B67080280D1EC69821BCB6A8839396F965AB6FF72A70",
]
