"""Sources that lead the import astray: elsewhere, or round for ever."""

import contextlib
import http.server
import json
import threading
import urllib.parse

from importing import bring

RUN = "e" * 32
EXPERIMENT = {"experiment_id": "1", "name": "Theirs", "lifecycle_stage": "active"}
INFO = {"run_id": RUN, "run_name": "r", "status": "FINISHED", "start_time": 1, "lifecycle_stage": "active",
        "artifact_uri": f"mlflow-artifacts:/1/{RUN}/artifacts"}


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # An answer in two pieces would wait for the other side in between.

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        self.server.asked.append(url.path)
        said = self.server.says(url.path, dict(urllib.parse.parse_qsl(url.query)))
        self.send_response(302 if isinstance(said, str) else 200)
        if isinstance(said, str):
            self.send_header("Location", said)
        body = json.dumps(said).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def source(says):
    """`says` answers an address and its query: with JSON, or with the place that it points on to."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.says, server.asked = says, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()


def one_run(files):
    """A store of one experiment with one run; `files` answers for its artifacts."""
    def says(path, query):
        if path.endswith("experiments/search"):
            return {"experiments": [EXPERIMENT]}
        if path.endswith("runs/search"):
            return {"runs": [{"info": INFO, "data": {}}]}
        return files(path, query) or {}
    return says


def test_the_import_goes_nowhere_but_where_it_was_sent(store):
    with source(lambda path, query: {"experiments": []}) as (inside, asked):
        with source(lambda path, query: f"{inside}/inner") as (address, _):
            bring(store, store.new_project(), address).refused("points on to", "Name the address")

        def files(path, query):
            if path.endswith("artifacts/list"):
                return {"files": [{"path": "x.txt", "is_dir": False, "file_size": 4}]}
            return f"{inside}/inner" if path.endswith("x.txt") else None

        with source(one_run(files)) as (address, _):
            bring(store, store.new_project(), address).refused("points on to")
        assert asked == []


def test_pages_that_go_round_end_the_import(store):
    with source(lambda path, query: {"experiments": [], "next_page_token": "again"}) as (address, asked):
        bring(store, store.new_project(), address).refused("names the same page twice")
        assert len(asked) < 5

    def rounds(path, query):
        return {"runs": [], "next_page_token": "again"} if path.endswith("runs/search") else one_run(lambda *_: None)(path, query)

    with source(rounds) as (address, asked):
        bring(store, store.new_project(), address).refused("names the same page twice")
        assert len(asked) < 20


def test_folders_without_end_end_the_import(store):
    def files(path, query):
        if not path.endswith("artifacts/list"):
            return None
        before = query["path"] + "/" if "path" in query else ""
        return {"files": [{"path": before + name, "is_dir": True} for name in "ab"]}

    with source(one_run(files)) as (address, asked):
        bring(store, store.new_project(), address).refused("more than 10000 folders")
        assert len(asked) < 11_000
