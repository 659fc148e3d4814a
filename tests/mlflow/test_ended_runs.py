"""What a run has when it ends stays as it is: a file of it is written over only after the run was taken up again."""

import mlflow
import pytest
import requests
from mlflow.models import infer_signature, set_signature
from mlflow.exceptions import MlflowException
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from slipway import ADMIN
from wire import CONFLICT, Wire, expect

pytestmark = pytest.mark.differs("written over there")


@pytest.fixture(params=["FINISHED", "FAILED", "KILLED"])
def ended(client, run, request):
    client.log_text(run, "as it was", "note.txt")
    client.set_terminated(run, request.param)
    return run


def read(run, name="note.txt"):
    return mlflow.artifacts.load_text(f"runs:/{run}/{name}")


def refused(act):
    with pytest.raises((MlflowException, requests.HTTPError)) as refusal:
        act()
    said = str(refusal.value) + getattr(getattr(refusal.value, "response", None), "text", "")
    assert "409" in said and "has ended" in said and "start_run" in said, said


def test_a_file_is_not_written_over_once_its_run_has_ended(client, ended):
    refused(lambda: client.log_text(ended, "changed", "note.txt"))
    assert read(ended) == "as it was"
    client.log_text(ended, "as it was", "note.txt")
    client.log_text(ended, "another file", "later.txt")
    refused(lambda: client.log_text(ended, "changed", "later.txt"))

    with mlflow.start_run(run_id=ended):
        mlflow.log_text("changed", "note.txt")
    assert read(ended) == "changed"
    refused(lambda: client.log_text(ended, "again", "note.txt"))


@pytest.mark.parametrize("prefix", ["/api/2.0", "/ajax-api/2.0"])
@pytest.mark.parametrize("way", ["/p/KEY", ""])
def test_no_address_leads_round_it(slipway, client, wire, run, way, prefix):
    client.log_text(run, "as it was", "deep/note.txt")
    client.set_terminated(run)
    door = wire if way else Wire(slipway.url, slipway.token(ADMIN))
    root = wire.get("runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
    base = f"{prefix}/mlflow-artifacts"
    assert "has ended" in expect(door.send("PUT", f"{base}/artifacts/{root}/deep/note.txt", data=b"evil"), CONFLICT)

    started = door.send("POST", f"{base}/mpu/create/{root}/deep", json={"path": "note.txt", "num_parts": 1}).json()
    sent = requests.put(started["credentials"][0]["url"], data=b"evil", timeout=60)
    parts = [{"part_number": 1, "etag": sent.headers["ETag"], "url": ""}]
    done = {"path": "note.txt", "upload_id": started["upload_id"], "parts": parts}
    assert "has ended" in expect(door.send("POST", f"{base}/mpu/complete/{root}/deep", json=done), CONFLICT)
    assert door.send("POST", f"{base}/mpu/abort/{root}/deep", json=done).status_code == 200, "its parts go"

    handed = door.send("POST", f"{prefix}/mlflow/artifacts/presigned-upload-url", json={"run_id": run, "path": "deep/note.txt"}).json()
    refusal = requests.put(handed["presigned_url"], data=b"evil", timeout=60)
    assert refusal.status_code == 409 and refusal.json()["kept"] == f"{root}/deep/note.txt"
    assert requests.put(handed["presigned_url"], data=b"as it was", timeout=60).status_code == 200
    assert read(run, "deep/note.txt") == "as it was"


def test_a_table_grows_while_its_run_goes_on(client, experiment):
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run() as run:
        mlflow.log_table({"question": ["a"]}, "answers.json")
    refused(lambda: mlflow.log_table({"question": ["b"]}, "answers.json", run_id=run.info.run_id))
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_table({"question": ["b"]}, "answers.json")
    assert list(mlflow.load_table("answers.json", run_ids=[run.info.run_id])["question"]) == ["a", "b"]


def test_a_model_gets_its_signature_and_requirements_later(client, experiment):
    """They lie with the logged model, not with the run."""
    mlflow.set_experiment(experiment_id=experiment)
    rows = [[0.0], [1.0]]
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(LogisticRegression().fit(rows, [0, 1]), name="line", pip_requirements=["scikit-learn"])
    set_signature(info.model_uri, infer_signature(rows, [0, 1]))
    assert mlflow.models.get_model_info(info.model_uri).signature is not None
    mlflow.models.update_model_requirements(info.model_uri, "add", ["numpy"])
    assert "numpy" in "".join(open(mlflow.pyfunc.get_model_dependencies(info.model_uri)))


def test_measures_after_autologging_lose_no_metric(client, experiment):
    """The client keeps a file beside metrics that come after a fit, writes it over with each, and passes over a refusal."""
    mlflow.set_experiment(experiment_id=experiment)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        rows, labels = [[0.0], [0.2], [0.8], [1.0]], [0, 0, 1, 1]
        model = LogisticRegression().fit(rows, labels)
        answers = model.predict(rows)
        assert (metrics.accuracy_score(labels, answers), metrics.recall_score(labels, answers)) == (1.0, 1.0)
    finally:
        mlflow.sklearn.autolog(disable=True)
    (run,) = client.search_runs([experiment])
    assert {"accuracy_score_rows", "recall_score_rows"} <= set(run.data.metrics), run.data.metrics
    assert len(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/metric_info.json")) == 1
