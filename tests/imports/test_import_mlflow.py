"""`slipway import mlflow` of real stores while the server runs, read back with the real client, run by run."""

import contextlib
import hashlib
import http.server
import math
import os
import shutil
import subprocess
import threading
import time

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.entities import ViewType

from importing import bring, signed_in, words
from registered import registered
from slipway import ADMIN, Fresh, email, free_port
from traced import evaluated, traced

LARGEST = 1.7976931348623157e308
RUNS = 62


def number(value):
    """MLflow's server answers the largest doubles for infinities, so these come; from a folder infinities come."""
    return "nan" if math.isnan(value) else max(-LARGEST, min(LARGEST, value)) + 0.0


def told(client, folder):
    """All that the client reads of a store, experiment by experiment."""
    found = {}
    for experiment in client.search_experiments(ViewType.ALL):
        about = (experiment.creation_time, experiment.lifecycle_stage, experiment.tags)
        runs = {run.info.run_id: plain(client, run, folder) for run in pages(client, experiment)}
        found[experiment.name] = (about, runs, models(client, experiment, folder))
    return found


def pages(client, experiment):
    token = None
    while True:
        page = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL, max_results=500, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def plain(client, run, folder):
    info, inputs = run.info, run.inputs
    bucket = run.info.run_name == "with artifacts in a bucket"
    return {
        "info": (info.run_name, info.status, info.start_time, info.end_time, info.user_id, info.lifecycle_stage),
        "params": run.data.params,
        "latest": {key: number(value) for key, value in run.data.metrics.items()},
        "history": {key: points(client, info.run_id, key) for key in run.data.metrics},
        "tags": run.data.tags,
        "datasets": sorted((str(used.dataset.to_dictionary()), str(used.tags)) for used in inputs.dataset_inputs),
        "read": sorted(model.model_id for model in inputs.model_inputs),
        "made": sorted((model.model_id, model.step) for model in run.outputs.model_outputs) if run.outputs else [],
        "artifacts": {} if bucket or not client.list_artifacts(info.run_id)
        else digests(lambda: client.download_artifacts(info.run_id, "", str(folder)), folder),
    }


def points(client, run, key):
    return sorted({(point.step, point.timestamp, str(number(point.value))) for point in client.get_metric_history(run, key)})


def models(client, experiment, folder):
    found = {}
    if experiment.lifecycle_stage == "deleted":
        return found
    for model in client.search_logged_models([experiment.experiment_id]):
        # MLflow's server shows not-a-number measured on a model as zero.
        values = sorted((m.key, m.timestamp, m.step, m.value) for m in model.metrics or [])
        mlflow.set_tracking_uri(client.tracking_uri)
        files = digests(lambda: mlflow.artifacts.download_artifacts(f"models:/{model.model_id}", dst_path=str(folder)), folder)
        found[model.model_id] = (model.name, model.status, model.creation_timestamp, model.source_run_id, model.params,
                                 model.tags, values, files)
    return found


def digests(download, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    download()
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "registered_model_meta"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def all_told(client, folder):
    mlflow.set_tracking_uri(client.tracking_uri)
    served = client.tracking_uri.startswith("http")
    return told(client, folder), registered(client), traced(client), evaluated(client) if served else {}


def same(source, store, key, folder):
    """Everything that the client reads in the source, it reads here."""
    source.told = source.told or all_told(source.client, folder / "files")
    theirs, *rest = source.told
    with signed_in(store):
        ours, *others = all_told(MlflowClient(store.tracking_uri(key)), folder / "files")
    assert others == rest
    assert ours.keys() == theirs.keys()
    for name, (about, runs, made) in theirs.items():
        assert ours[name][0] == about, name
        assert ours[name][1].keys() == runs.keys(), name
        for run, wanted in runs.items():
            mine = ours[name][1][run]
            if name == "Gone":  # The file store itself does not find the artifacts of a deleted experiment.
                assert list(mine["artifacts"]) == ["note.txt"]
                wanted = wanted | {"artifacts": mine["artifacts"]}
            assert mine == wanted, f"{name}, {run}"
        assert ours[name][2] == made, name


def test_a_store_comes_whole_and_once(store, source, tmp_path):
    key = store.new_project()

    planned = bring(store, key, source.name, "--dry-run").reconciles()
    assert store.api(ADMIN).get(f"/api/v1/projects/{key}/experiments")["items"] == [], "a dry run writes nothing"

    first = bring(store, key, source.name).reconciles()
    assert first.now == planned.now and not any(first.before.values())
    assert first.now["runs"] == RUNS and first.now["experiments"] == 7 and first.now["logged models"] == 2
    assert first.now["metric points"] > 2_800 and first.now["artifact files"] > 10
    assert "artifacts of 1 runs or models: they lie in s3://" in first.text
    spans = "3 × the artifact traces.json of a trace does not come as a file: its spans come out of it"
    assert (spans in first.text) == (spans in planned.text) == (not source.uri.startswith("http"))
    same(source, store, key, tmp_path)

    again = bring(store, key, source.name).reconciles()
    assert not any(again.now.values()), again.text
    assert again.before == first.now
    assert bring(store, key, source.name, "--dry-run").reconciles().before == first.now

    kinds = [event["kind"] for event in events(store, key)]
    assert kinds.count("run.imported") == RUNS and kinds.count("experiment.imported") == 7
    verified = store.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.skipif("TEST_POSTGRES" not in os.environ, reason="needs TEST_POSTGRES")
def test_a_server_on_postgres_comes_whole_too(store, server_on_postgres, tmp_path):
    key = store.new_project()
    bring(store, key, server_on_postgres.name).reconciles()
    same(server_on_postgres, store, key, tmp_path)
    assert not any(bring(store, key, server_on_postgres.name).reconciles().now.values())


def events(store, key):
    found, cursor = [], ""
    while True:
        page = store.api(ADMIN).get(f"/api/v1/events?project={key}&limit=100{cursor}")
        found += page["items"]
        if not page.get("next"):
            return found
        cursor = f"&cursor={page['next']}"


def test_killed_again_and_again_it_goes_on(store, source, tmp_path):
    key = store.new_project()
    delay, partly = 0.03, 0
    while True:
        process = subprocess.Popen(words(store, key, source.name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        here = [event["kind"] for event in events(store, key)].count("run.imported")
        partly += 0 < here < RUNS
        delay *= 1.3 if partly < 3 else 2
    assert process.returncode == 0
    assert partly >= 1, "it was over before it could be killed in the middle"

    last = bring(store, key, source.name).reconciles()
    assert not any(last.now.values()), last.text
    same(source, store, key, tmp_path)


def test_what_was_logged_since_comes_with_the_next_import(store, folder, tmp_path):
    moved = tmp_path / "mlruns"
    shutil.copytree(folder.name, moved)
    key = store.new_project()
    first = bring(store, key, moved).reconciles()
    there = MlflowClient(f"file:{moved}")
    run = next(run for run in pages(there, there.get_experiment_by_name("Partly gone")) if run.info.run_name == "still runs")
    there.log_metric(run.info.run_id, "loss", 0.5, timestamp=5, step=1)
    there.log_param(run.info.run_id, "late", "1")
    there.set_terminated(run.info.run_id, end_time=run.info.start_time + 99)
    new = there.create_run(run.info.experiment_id, run_name="new").info.run_id
    report = next(moved.glob("*/*/artifacts/deep/er/report ü.txt"))
    report.write_text("written over after its run had ended")

    second = bring(store, key, moved).reconciles()
    assert [second.now[row] for row in ("runs", "params", "metric points")] == [1, 1, 1]
    assert second.before["runs"] == first.now["runs"]
    assert second.left_out["artifact files"] == first.left_out["artifact files"] + 1
    assert "artifact files (1): its run has ended here with another file of this name" in second.text
    with signed_in(store):
        here = MlflowClient(store.tracking_uri(key))
        taken = here.get_run(run.info.run_id)
        assert (taken.info.status, taken.info.end_time) == ("FINISHED", run.info.start_time + 99)
        assert taken.data.metrics == {"loss": 0.5} and taken.data.params == {"late": "1"}
        assert here.get_run(new).info.run_name == "new"
        assert here.list_artifacts(report.parts[-5], "deep/er")[0].file_size == len("report")

        # Whoever restores here what is deleted there keeps it.
        gone = here.get_experiment_by_name("Gone").experiment_id
        here.restore_experiment(gone)
        bring(store, key, moved).reconciles()
        assert here.get_experiment(gone).lifecycle_stage == "active"


def test_names_that_are_taken_refuse_the_whole_import(store, server):
    key = store.new_project()
    api = store.api(ADMIN)
    api.post(f"/api/v1/projects/{key}/experiments", {"name": "Bulk", "hypothesis": "It was here first."})
    bring(store, key, server.name).refused('"Bulk"', "Rename them", "Nothing was imported")
    names = [one["name"] for one in api.get(f"/api/v1/projects/{key}/experiments")["items"]]
    assert names == ["Bulk"]


def test_runs_that_are_here_already_are_left_out(store, server):
    first, second = store.new_project(), store.new_project()
    bring(store, first, server.name).reconciles()
    again = bring(store, second, server.name).reconciles()
    assert again.now["runs"] == 0 and again.left_out["runs"] == RUNS
    assert "a run of this id is here already" in again.text


def test_only_those_who_may_track_import(store, folder):
    key = store.new_project()
    store.join(key, "Vera", role="viewer")
    store.join(key, "Mia")
    store.add_user(email("Otto"))
    bring(store, key, folder.name, "--user", email("Vera")).refused("Viewers look")
    bring(store, key, folder.name, "--user", email("Otto")).refused("sees no project")
    bring(store, key, folder.name, "--user", "nobody@slipway.test").refused("nobody here is")
    bring(store, "NONE", folder.name).refused("sees no project NONE")
    bring(store, key, folder.name, "--user", email("Mia")).reconciles()
    imported = [event for event in events(store, key) if event["kind"] == "run.imported"]
    assert {event["actor"]["name"] for event in imported} == {"Mia"}


def test_sources_that_are_none_say_so(store, tmp_path):
    key = store.new_project()
    bring(store, key, tmp_path).refused("is no mlruns folder")
    bring(store, key, tmp_path / "absent").refused("cannot be opened")
    bring(store, key, "sqlite:///mlflow.db").refused("mlflow server")
    bring(store, key, "http://").refused("must be the address")
    bring(store, key, f"{store.url}/elsewhere").refused("does not answer as an MLflow tracking server")
    started = time.monotonic()
    bring(store, key, f"http://127.0.0.1:{free_port()}").refused("cannot be reached", "goes on where it stopped")
    assert time.monotonic() - started < 30


def test_the_source_wants_to_know_who_asks(store):
    """Slipway is a tracking server too, one that asks for a token."""
    here, there = store.new_project(), store.new_project()
    source = store.tracking_uri(there)
    with signed_in(store):
        client = MlflowClient(source)
        client.log_metric(client.create_run(client.create_experiment("Theirs")).info.run_id, "loss", 1)
    bring(store, here, source).refused("Set MLFLOW_TRACKING_TOKEN")
    bring(store, here, source, MLFLOW_TRACKING_TOKEN="slp_wrong").refused("does not admit you")
    done = bring(store, here, source, MLFLOW_TRACKING_TOKEN=store.token(ADMIN)).reconciles()
    assert done.left_out["runs"] == 1, "its id is taken, by itself"


def test_another_slipway_is_a_source_too(store, server, tmp_path):
    with Fresh("sqlite") as other:
        other.add_user(ADMIN, "--admin")
        there, key = other.start().new_project(), store.new_project()
        bring(other, there, server.name).reconciles()
        done = bring(store, key, other.tracking_uri(there), MLFLOW_TRACKING_TOKEN=other.token(ADMIN)).reconciles()
        assert done.now["runs"] == RUNS and done.left_out["artifact files"] == 0
    same(server, store, key, tmp_path)


def test_broken_and_tricky_folders(store, folder, tmp_path):
    root, secret = tmp_path / "mlruns", tmp_path / "secret"
    shutil.copytree(folder.name, root)
    secret.write_text("hush")
    bulk = next(path.parent for path in root.glob("*/meta.yaml") if "name: Bulk" in path.read_text())
    first, second, third = sorted(path.parent for path in bulk.glob("*/meta.yaml"))[:3]
    (first / "meta.yaml").write_text("run_id: [")
    (second / "artifacts/leak.txt").symlink_to(secret)
    (second / "params/odd;key").write_text("1")
    (third / "metrics/m0").write_text("this is no metric\n")
    done = bring(store, store.new_project(), root).reconciles()
    assert done.left_out["runs"] == 1 and done.left_out["artifact files"] == 1 and done.left_out["params"] == 1
    for why in ("cannot be understood", "links are not followed", "contains ';'", "the line is none"):
        assert why in done.text, done.text
    assert not any(path.read_bytes() == b"hush" for path in store.folder.rglob("*") if path.is_file())


class Gate(http.server.BaseHTTPRequestHandler):
    """Stands before the source and fails as it is told."""

    def pass_on(self):
        self.server.asked += 1
        if self.server.fails(self.server.asked):
            self.send_response(503)
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = requests.request(self.command, self.server.to + self.path, data=body or None,
                                  headers={"Content-Type": "application/json"}, timeout=30)
        is_file = any(part in self.path for part in ("/mlflow-artifacts/artifacts/", "/get-artifact", "/artifacts/files"))
        content = answer.content[:10] if self.server.tears and is_file else answer.content
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def gate(to):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    server.to, server.asked, server.fails, server.tears = to, 0, lambda asked: False, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def test_a_source_that_fails_is_asked_again_and_then_left_for_later(store, server):
    key = store.new_project()
    with gate(server.name) as (between, address):
        between.fails = lambda asked: asked > 60
        bring(store, key, address).refused("answers 503", "goes on where it stopped")
        between.asked, between.fails = 0, lambda asked: asked % 40 == 0
        done = bring(store, key, address).reconciles()
        assert done.before["runs"] > 0 and done.now["runs"] > 0, "it went on"
        assert done.before["runs"] + done.now["runs"] == RUNS
        assert not any(bring(store, key, address).reconciles().now.values())


def test_files_that_break_off_on_the_way_are_missing_until_they_arrive_whole(store, server, tmp_path):
    key = store.new_project()
    with gate(server.name) as (between, address):
        between.tears = True
        torn = bring(store, key, address)
        assert torn.code == 1 and "did not arrive with the size that the source says" in torn.text, torn.text
        assert "The counts of artifact files do not agree" in torn.text
        between.tears = False
        done = bring(store, key, address).reconciles()
        assert done.now["artifact files"] > 0 and done.now["runs"] == 0
    same(server, store, key, tmp_path)
