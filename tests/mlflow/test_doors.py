"""Who may come in with the client, by which address, and what each may then do: projects, tokens, passwords."""

import time

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException

from slipway import ADMIN, PASSWORD, email
from wire import INVALID, MISSING, Wire, expect

pytestmark = pytest.mark.differs("there are no projects and no tokens there")


@pytest.fixture
def sign_in(monkeypatch):
    """sign_in(uri, token) or sign_in(uri, user=…, password=…) gives a client of that person."""

    def sign_in(uri, token=None, user=None, password=None):
        for name, value in {"TOKEN": token, "USERNAME": user, "PASSWORD": password}.items():
            if value is None:
                monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
            else:
                monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
        mlflow.set_tracking_uri(uri)
        return MlflowClient()

    return sign_in


def test_user_name_and_password(slipway, uri, sign_in):
    client = sign_in(uri, user=ADMIN, password=PASSWORD)
    run = client.create_run(client.create_experiment("by password"))
    client.log_text(run.info.run_id, "x", "note.txt")
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["note.txt"]
    by_token = sign_in(uri, user=ADMIN, password=slipway.token(ADMIN))
    assert by_token.get_run(run.info.run_id).info.run_id == run.info.run_id


@pytest.mark.parametrize("wrong", [{"token": "not-a-token"}, {"token": "x" * 5000}, {}, {"user": ADMIN, "password": "wrong"}, {"user": "nobody", "password": "x"}])
def test_who_is_not_known_is_told_so_at_once(uri, sign_in, wrong):
    client = sign_in(uri, **wrong)
    start = time.monotonic()
    with pytest.raises(MlflowException) as refusal:
        client.create_experiment("never")
    assert time.monotonic() - start < 5
    assert refusal.value.error_code == "UNAUTHENTICATED"
    answer = Wire(uri, wrong.get("token")).call("GET", "experiments/get", {"experiment_id": "0"})
    expect(answer, "UNAUTHENTICATED")


def test_a_token_that_was_taken_back(slipway, admin, uri, sign_in):
    made = admin.post("/api/v1/tokens", {"name": "short-lived"})
    client = sign_in(uri, made["secret"])
    client.create_experiment("while it lasted")
    admin.delete(f"/api/v1/tokens/{made['id']}")
    with pytest.raises(RestException) as refusal:
        client.create_experiment("afterwards")
    assert refusal.value.error_code == "UNAUTHENTICATED"


def test_a_token_to_read_reads(slipway, client, uri, run, wire):
    wire.post("runs/log-batch", run_id=run, metrics=[{"key": "m", "value": 1, "timestamp": 1}])
    reader = Wire(uri, slipway.token(ADMIN, "--scope", "read"))
    assert reader.get("runs/get", run_id=run)["run"]["data"]["metrics"]
    experiment = reader.get("runs/get", run_id=run)["run"]["info"]["experiment_id"]
    assert reader.post("runs/search", experiment_ids=[experiment])["runs"]
    assert reader.get("artifacts/list", run_id=run)
    root = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/a.txt"
    for method, route, body in [
        ("POST", "experiments/create", {"name": "no"}), ("POST", "runs/create", {"experiment_id": experiment}),
        ("POST", "runs/log-metric", {"run_id": run, "key": "m", "value": 2, "timestamp": 2}), ("POST", "runs/delete", {"run_id": run}),
        ("POST", "runs/set-tag", {"run_id": run, "key": "t", "value": "v"}), ("POST", "runs/log-batch", {"run_id": run}),
        ("POST", "experiments/delete", {"experiment_id": experiment}), ("POST", "logged-models", {"experiment_id": experiment}),
    ]:
        expect(reader.call(method, route, body), "PERMISSION_DENIED")
    for method in ("PUT", "DELETE"):
        expect(reader.send(method, root, data=b"x"), "PERMISSION_DENIED")
    assert reader.get("artifacts/list", run_id=run).get("files", []) == []


def test_a_token_to_track_tracks(slipway, uri, sign_in):
    client = sign_in(uri, slipway.token(ADMIN, "--scope", "track"))
    run = client.create_run(client.create_experiment("tracked"))
    client.log_metric(run.info.run_id, "m", 1)
    client.log_text(run.info.run_id, "x", "note.txt")
    client.set_terminated(run.info.run_id)
    assert client.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_viewer_sees_and_changes_nothing(slipway, join, uri, run, sign_in):
    join("Mara", role="viewer")
    client = sign_in(uri, slipway.token(email("Mara")))
    assert client.get_run(run).info.run_id == run
    for write in (lambda: client.set_tag(run, "a", "b"), lambda: client.create_experiment("no"), lambda: client.log_metric(run, "m", 1)):
        with pytest.raises(RestException) as refusal:
            write()
        assert refusal.value.error_code == "PERMISSION_DENIED"


def test_two_projects_know_nothing_of_each_other(slipway, wire, run, experiment):
    wire.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt", data=b"secret")
    model = wire.post("logged-models", experiment_id=experiment, name="mine")["model"]["info"]["model_id"]
    other = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    for method, route, body in [
        ("GET", "runs/get", {"run_id": run}), ("POST", "runs/set-tag", {"run_id": run, "key": "k", "value": "v"}),
        ("POST", "runs/log-metric", {"run_id": run, "key": "k", "value": 1, "timestamp": 1}), ("POST", "runs/delete", {"run_id": run}),
        ("POST", "runs/log-batch", {"run_id": run}), ("POST", "runs/update", {"run_id": run, "status": "FAILED"}),
        ("GET", "experiments/get", {"experiment_id": experiment}), ("POST", "experiments/delete", {"experiment_id": experiment}),
        ("POST", "runs/create", {"experiment_id": experiment}), ("GET", f"logged-models/{model}", None),
        ("GET", "artifacts/list", {"run_id": run}),
    ]:
        expect(other.call(method, route, body), MISSING)
    assert other.get("metrics/get-history", run_id=run, metric_key="k") == {}
    assert other.post("runs/search", experiment_ids=[experiment]) == {}
    answer = other.send("GET", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt")
    assert answer.status_code == 404 and b"secret\"" not in answer.content
    for method in ("PUT", "DELETE"):
        answer = other.send(method, f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt", data=b"changed")
        assert answer.status_code in (400, 403, 404)
    kept = wire.send("GET", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt")
    assert kept.content == b"secret"
    assert all(found["experiment_id"] != experiment for found in other.post("experiments/search", max_results=100).get("experiments", []))


def test_names_may_repeat_between_projects(slipway, wire):
    other = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    one, two = (door.post("experiments/create", name="the same name")["experiment_id"] for door in (wire, other))
    assert one != two
    defaults = {door.get("experiments/get-by-name", experiment_name="Default")["experiment"]["name"] for door in (wire, other)}
    assert defaults == {"Default"}


def test_the_default_experiment_is_each_projects_own(slipway, wire):
    other = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    run = wire.post("runs/create", experiment_id="0")["run"]["info"]["run_id"]
    assert [found["info"]["run_id"] for found in wire.post("runs/search", experiment_ids=["0"])["runs"]] == [run]
    assert other.post("runs/search", experiment_ids=["0"]) == {}


def test_a_stranger_to_the_project(slipway, join, uri, key, run):
    elsewhere = slipway.new_project()
    join("Omar", project=elsewhere)
    stranger = Wire(uri, slipway.token(email("Omar")))
    assert stranger.call("GET", "runs/get", {"run_id": run}).status_code == 404
    assert stranger.call("POST", "experiments/create", {"name": "no"}).status_code == 404
    expect(Wire(slipway.tracking_uri("NOWHERE"), slipway.token(ADMIN)).call("POST", "experiments/create", {"name": "a"}), MISSING)


def test_without_a_prefix_the_only_project_is_meant(slipway, join, key, sign_in):
    single = f"Only-{key}"
    join(single)
    client = sign_in(slipway.url, slipway.token(email(single)))
    made = client.create_experiment("found without a prefix")
    assert Wire(slipway.tracking_uri(key), slipway.token(ADMIN)).get("experiments/get", experiment_id=made)
    run = client.create_run(made)
    client.log_text(run.info.run_id, "x", "note.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/note.txt") == "x"


def test_without_a_prefix_among_several_projects(slipway, wire, key, run):
    slipway.new_project()
    bare = Wire(slipway.url, slipway.token(ADMIN))
    assert bare.get("runs/get", run_id=run)["run"]["info"]["run_id"] == run
    message = bare.refused(INVALID, "POST", "experiments/create", name="whose?")
    assert "/p/" in message


def test_a_token_bound_to_a_project_needs_no_prefix(slipway, admin, key, sign_in):
    slipway.new_project()
    bound = admin.post("/api/v1/tokens", {"name": "bound", "project": key})["secret"]
    client = sign_in(slipway.url, bound)
    made = client.create_experiment("bound")
    assert Wire(slipway.tracking_uri(key), bound).get("experiments/get", experiment_id=made)
    elsewhere = Wire(slipway.tracking_uri(slipway.new_project()), bound)
    assert elsewhere.call("POST", "experiments/create", {"name": "no"}).status_code in (403, 404)


def test_a_run_belongs_to_who_logged_it(slipway, admin, join, uri, key, sign_in):
    join("Dana")
    client = sign_in(uri, slipway.token(email("Dana")))
    run = client.create_run(client.create_experiment("owned")).info.run_id
    assert admin.get(f"/api/v1/runs/{run}")["user"]["email"] == email("Dana")


def test_a_key_in_small_letters_is_told_from_a_missing_one(slipway, key):
    for spelled in (key.lower(), "nothing"):
        wire = Wire(slipway.tracking_uri(spelled), slipway.token(ADMIN))
        said = expect(wire.call("GET", "experiments/get-by-name", {"experiment_name": "x"}), MISSING)
        assert f"/p/{spelled.upper()}?" in said
