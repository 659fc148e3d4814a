"""Runs in all their calls."""

import json
import re

import pytest
from mlflow.entities import RunStatus
from mlflow.exceptions import MlflowException, RestException

from wire import INVALID, MISSING


def test_a_run_is_made_and_read_back(client, experiment):
    made = client.create_run(experiment, start_time=1_700_000_000_123, tags={"team": "growth"}, run_name="first try")
    run = client.get_run(made.info.run_id)
    assert re.fullmatch("[0-9a-f]{32}", run.info.run_id)
    assert run.info.run_name == "first try"
    assert run.info.experiment_id == experiment
    assert run.info.status == "RUNNING"
    assert run.info.start_time == 1_700_000_000_123 and run.info.end_time is None
    assert run.info.lifecycle_stage == "active"
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{run.info.run_id}/artifacts"
    assert run.data.tags == {"team": "growth", "mlflow.runName": "first try"}
    assert run.data.params == {} and run.data.metrics == {}


def test_a_run_without_a_name_gets_one(client, experiment):
    made = client.create_run(experiment)
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", made.info.run_name)
    assert made.data.tags["mlflow.runName"] == made.info.run_name


def test_name_and_name_tag_are_one(client, wire, experiment):
    named_by_tag = client.create_run(experiment, tags={"mlflow.runName": "by tag"})
    assert named_by_tag.info.run_name == "by tag"
    run = named_by_tag.info.run_id
    client.set_tag(run, "mlflow.runName", "by set_tag")
    assert client.get_run(run).info.run_name == "by set_tag"
    client.update_run(run, name="by update")
    assert client.get_run(run).data.tags["mlflow.runName"] == "by update"
    client.update_run(run, name="")
    assert client.get_run(run).info.run_name == "by update"
    wire.refused(INVALID, "POST", "runs/create", experiment_id=experiment, run_name="one",
                 tags=[{"key": "mlflow.runName", "value": "another"}])


@pytest.mark.parametrize("status", ["SCHEDULED", "FINISHED", "FAILED", "KILLED", "RUNNING"])
def test_every_status_can_follow_every_other(client, run, status):
    client.set_terminated(run, "FAILED", end_time=1_700_000_099_000)
    client.update_run(run, status=status)
    assert client.get_run(run).info.status == status


def test_the_end_of_a_run(client, run):
    client.set_terminated(run, end_time=1_700_000_099_000)
    ended = client.get_run(run).info
    assert (ended.status, ended.end_time) == ("FINISHED", 1_700_000_099_000)


def test_a_status_may_be_a_number(wire, run):
    wire.post("runs/update", run_id=run, status=RunStatus.from_string("KILLED"))
    assert wire.get("runs/get", run_id=run)["run"]["info"]["status"] == "KILLED"
    wire.refused(INVALID, "POST", "runs/update", run_id=run, status=99)
    assert wire.get("runs/get", run_id=run)["run"]["info"]["status"] == "KILLED"


def test_a_fresh_answer_has_the_shape_that_clients_read(wire, experiment):
    made = wire.post("runs/create", experiment_id=experiment, run_name="a", start_time=5)["run"]
    read = wire.get("runs/get", run_id=made["info"]["run_id"])["run"]
    assert read["info"] == made["info"]
    assert "end_time" not in read["info"]
    assert read["info"]["start_time"] == 5
    assert read["info"]["run_uuid"] == read["info"]["run_id"]
    assert read["inputs"] == {} and read["outputs"] == {}
    assert "metrics" not in read["data"]


def test_the_old_name_of_the_run_id(wire, run):
    assert wire.get("runs/get", run_uuid=run)["run"]["info"]["run_id"] == run
    wire.post("runs/set-tag", run_uuid=run, key="old", value="yes")
    wire.post("runs/log-metric", run_uuid=run, key="m", value=1, timestamp=1)
    wire.post("runs/log-parameter", run_uuid=run, run_id=run, key="p", value="1")
    data = wire.get("runs/get", run_id=run)["run"]["data"]
    assert {"key": "old", "value": "yes"} in data["tags"]


def test_unknown_runs(client, wire, experiment):
    nobody = "0123456789abcdef0123456789abcdef"
    for call in (lambda: client.get_run(nobody), lambda: client.set_tag(nobody, "a", "b"),
                 lambda: client.log_metric(nobody, "a", 1), lambda: client.log_param(nobody, "a", 1),
                 lambda: client.delete_run(nobody), lambda: client.set_terminated(nobody)):
        with pytest.raises(RestException) as refusal:
            call()
        assert refusal.value.error_code == MISSING
    wire.refused(MISSING, "GET", "runs/get", run_id="no such run; '--")
    wire.refused(INVALID, "GET", "runs/get")
    wire.refused(MISSING, "POST", "runs/restore", run_id=nobody)
    wire.refused(MISSING, "POST", "runs/log-batch", run_id=nobody)
    wire.refused(MISSING, "POST", "runs/create", experiment_id="987654321")
    wire.refused(INVALID, "POST", "runs/create", experiment_id="seven")


@pytest.mark.differs("database text with BAD_REQUEST there")
def test_a_run_belongs_to_an_experiment(wire):
    wire.refused(INVALID, "POST", "runs/create", start_time=1)


def test_a_tag_given_twice_at_the_start(wire, experiment):
    twice = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    assert wire.call("POST", "runs/create", {"experiment_id": experiment, "tags": twice}).status_code == 400


def test_parameters_are_written_once(client, run):
    client.log_param(run, "depth", 3)
    client.log_param(run, "depth", "3")
    with pytest.raises(MlflowException, match="Changing param values is not allowed") as refusal:
        client.log_param(run, "depth", 4)
    assert refusal.value.error_code == INVALID
    assert client.get_run(run).data.params == {"depth": "3"}


def test_a_parameter_may_be_empty(client, wire, run):
    wire.post("runs/log-parameter", run_id=run, key="nothing")
    wire.post("runs/log-parameter", run_id=run, key="nothing", value="")
    wire.refused(INVALID, "POST", "runs/log-parameter", run_id=run, key="nothing", value="something")
    assert client.get_run(run).data.params == {"nothing": ""}


def test_long_parameters_are_cut_and_compared_after_cutting(client, wire, run):
    wire.post("runs/log-parameter", run_id=run, key="long", value="x" * 6000 + "tail")
    wire.post("runs/log-parameter", run_id=run, key="long", value="x" * 6000 + "another tail")
    assert client.get_run(run).data.params["long"] == "x" * 6000


def test_run_tags(client, wire, run):
    client.set_tag(run, "phase", "one")
    client.set_tag(run, "phase", "two")
    client.set_tag(run, "deep/er key.with-all of:it", "ünïcode ✓")
    assert client.get_run(run).data.tags["phase"] == "two"
    client.delete_tag(run, "phase")
    assert "phase" not in client.get_run(run).data.tags
    wire.refused(MISSING, "POST", "runs/delete-tag", run_id=run, key="phase")
    wire.post("runs/set-tag", run_id=run, key="long", value="y" * 9000)
    assert client.get_run(run).data.tags["long"] == "y" * 8000


def test_the_history_of_logged_models_of_older_clients(client, wire, run):
    model = '{"artifact_path": "model", "flavors": {"python_function": {}}, "run_id": "%s", "utc_time_created": "2024"}'
    wire.post("runs/log-model", run_id=run, model_json=model % run)
    (kept,) = json.loads(client.get_run(run).data.tags["mlflow.log-model.history"])
    assert kept["artifact_path"] == "model"
    wire.refused(INVALID, "POST", "runs/log-model", run_id=run, model_json='{"artifact_path": "model"}')
    wire.refused(INVALID, "POST", "runs/log-model", run_id=run, model_json="no json")
