"""The artifact routes without the client: ranges, heads, headers, and paths that try to get out."""

import pytest

from wire import INVALID, MISSING, expect

ROUTE = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def root(wire, run):
    """Where the run's artifacts live below the artifact route."""
    return wire.get("runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")


@pytest.fixture
def put(wire, root):
    return lambda path, content=b"content", **options: wire.send("PUT", f"{ROUTE}/{root}/{path}", data=content, **options)


@pytest.fixture
def get(wire, root):
    return lambda path, method="GET", **headers: wire.send(method, f"{ROUTE}/{root}/{path}", headers=headers)


@pytest.fixture
def listing(wire, root):
    def listing(path=""):
        answer = wire.send("GET", ROUTE, params={"path": f"{root}/{path}".rstrip("/")})
        assert answer.status_code == 200
        return answer.json().get("files", [])

    return listing


def test_a_file_is_put_and_got(put, get):
    answer = put("a/b.json", b'{"a": 1}', headers={"Content-Type": "application/x-anything"})
    assert (answer.status_code, answer.content) in ((200, b""), (200, b"{}"))
    answer = get("a/b.json")
    assert answer.content == b'{"a": 1}'
    assert answer.headers["Content-Type"].split(";")[0] in ("application/json", "text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "b.json" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == "8"


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "x.unknown-kind"])
def test_a_file_is_never_shown_in_the_place_of_a_page(put, get, name):
    put(name, b"<script>alert(1)</script>")
    answer = get(name)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_name_beyond_ascii_in_the_disposition(put, get):
    put("grün ✓.txt")
    assert "filename*=UTF-8''gr%C3%BCn%20%E2%9C%93.txt" in get("grün ✓.txt").headers["Content-Disposition"]


def test_head(put, get):
    put("a.txt", b"12345")
    answer = get("a.txt", "HEAD")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "5", b"")
    assert get("nothing.txt", "HEAD").status_code == 404


@pytest.mark.parametrize("range, status, content", [
    ("bytes=0-3", 206, b"0123"), ("bytes=7-", 206, b"789"), ("bytes=-2", 206, b"89"), ("bytes=4-400", 206, b"456789"),
    ("bytes=10-", 416, None), ("bytes=0-9", 206, b"0123456789"),
])
def test_ranges(put, get, range, status, content):
    put("digits.txt", b"0123456789")
    answer = get("digits.txt", Range=range)
    assert answer.status_code == status
    if content is None:
        assert answer.headers["Content-Range"] == "bytes */10"
    else:
        assert answer.content == content
        start = b"0123456789".index(content)
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(content) - 1}/10"


@pytest.mark.parametrize("range", ["bytes=5-2", "lines=1-2", "bytes=a-b", "bytes="])
def test_ranges_that_are_none(put, get, range):
    put("digits.txt", b"0123456789")
    assert get("digits.txt", Range=range).status_code in (200, 400, 416)


def test_listings(put, listing):
    put("b.txt", b"12")
    put("a/one.txt", b"1")
    put("a/deeper/two.txt", b"22")
    assert listing() == [{"path": "a", "is_dir": True}, {"path": "b.txt", "is_dir": False, "file_size": 2}]
    assert [file["path"] for file in listing("a")] == ["deeper", "one.txt"]
    assert listing("b.txt") == listing("nothing") == []


def test_the_listing_by_run(wire, run, put):
    put("a/one.txt", b"1")
    answer = wire.get("artifacts/list", run_id=run, path="a")
    assert answer["files"] == [{"path": "a/one.txt", "is_dir": False, "file_size": 1}]
    assert answer["root_uri"].endswith(f"/{run}/artifacts")
    assert "files" not in wire.get("artifacts/list", run_id=run, path="a/one.txt")
    for path in ("../x", "/etc", "a/%2e%2e/b", "a#b"):
        wire.refused(INVALID, "GET", "artifacts/list", run_id=run, path=path)
    wire.refused(MISSING, "GET", "artifacts/list", run_id="0" * 32)


def test_deletion(wire, root, put, listing, get):
    put("a/one.txt")
    put("a/b/two.txt")
    put("keep.txt")
    for path in ("a/one.txt", "a", "a", "nothing.txt"):
        assert wire.send("DELETE", f"{ROUTE}/{root}/{path}").status_code == 200
    assert [file["path"] for file in listing()] == ["keep.txt"]
    expect(get("a/b/two.txt"), MISSING)


ODD = ["a,b.txt", "a:b.txt", "....", ".hidden", "a+b&c=d.txt", "%25 percent.txt", "sp ace", "ж/✓.txt", "-rf", "~"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names(put, get, name):
    from urllib.parse import quote

    path = name if "%" in name else quote(name)
    assert put(path, name.encode()).status_code == 200
    assert get(path).content == name.encode()


TRICKS = [
    "%2e%2e/%2e%2e/x", "a/%2e%2e/%2e%2e/%2e%2e/x", "..%2f..%2fx", "%252e%252e/x", "%252e%252e%252fx", "a/..%5c../x/%2e%2e",
    "a%23b", "a%2523b", "%2e%2e", "a/%2E%2E/b",
]


@pytest.mark.parametrize("path", TRICKS)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "HEAD"])
def test_paths_that_try_to_get_out(wire, root, listing, raw, method, path):
    status, body = raw(method, f"{ROUTE}/{root}/{path}")
    assert status == 400
    assert method == "HEAD" or INVALID in body
    assert listing() == []


@pytest.mark.differs("ordinary characters there")
@pytest.mark.parametrize("path", ["a%5cb", "a%5c..%5cx", "a;b", "a%3bb", "a%0ab", "C:/x", "a/c:/x"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "HEAD"])
def test_names_that_mean_more_elsewhere(root, listing, raw, method, path):
    status, body = raw(method, f"{ROUTE}/{root}/{path}")
    assert status == 400
    assert method == "HEAD" or INVALID in body
    assert listing() == []


@pytest.mark.parametrize("path", ["%2fetc%2fpasswd", "%2Fetc/passwd", "%252fetc%252fpasswd"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_absolute_paths(raw, method, path):
    status, body = raw(method, f"{ROUTE}/{path}")
    assert status in (308, 400, 404), body
    assert "root:" not in body


@pytest.mark.parametrize("path", ["/../../../x", "/a/../../../../x"])
def test_bare_dots_stay_inside(root, raw, listing, path):
    status, body = raw("PUT", f"{ROUTE}/{root}{path}")
    assert status in (400, 404)
    assert listing() == []


@pytest.mark.parametrize("query", ["../../x", "/etc", "%2e%2e/x", "a/../../b", "..", "a%23b", "%252e%252e"])
def test_listings_that_try_to_get_out(wire, root, query):
    expect(wire.send("GET", ROUTE, params={"path": query}), INVALID)


@pytest.mark.differs("a 500 there")
def test_a_file_is_no_folder_and_a_folder_no_file(put, get):
    put("file")
    put("folder/inside")
    expect(put("file/below"), INVALID)
    expect(put("folder"), INVALID)
    assert get("folder").status_code == 400
    assert put("trailing/").status_code == 400


@pytest.mark.differs("text of its own there")
def test_a_path_that_is_much_too_long(wire, root, raw):
    status, _ = raw("PUT", f"{ROUTE}/{root}/" + "a" * 7000)
    assert 400 <= status < 500


@pytest.fixture
def raw(wire):
    """Sends a path as it is written; requests would tidy it first."""
    import http.client
    from urllib.parse import urlsplit

    at = urlsplit(wire.uri)

    def raw(method, path):
        connection = http.client.HTTPConnection(at.netloc, timeout=20)
        body = b"out" if method == "PUT" else None
        connection.request(method, at.path + path, body, {"Authorization": wire.session.headers.get("Authorization", "")})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    return raw
