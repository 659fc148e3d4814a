"""Experiments in all their calls: made, found, renamed, tagged, deleted and restored."""

import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import RestException

from wire import INVALID, MISSING, TAKEN


def test_an_experiment_is_made_and_read_back(client, fresh):
    name = fresh("churn: günstig ✓\nsecond line")
    made = client.create_experiment(name, tags={"team": "growth", "empty": ""})
    by_id, by_name = client.get_experiment(made), client.get_experiment_by_name(name)
    assert made == str(int(made))
    assert by_id.name == by_name.name == name
    assert by_id.experiment_id == by_name.experiment_id == made
    assert by_id.tags == {"team": "growth", "empty": ""}
    assert by_id.lifecycle_stage == "active"
    assert by_id.artifact_location == f"mlflow-artifacts:/{made}"
    assert 0 < by_id.creation_time <= by_id.last_update_time


def test_names_are_unique_deleted_ones_included(client, fresh):
    name = fresh()
    made = client.create_experiment(name)
    with pytest.raises(RestException, match="RESOURCE_ALREADY_EXISTS"):
        client.create_experiment(name)
    client.delete_experiment(made)
    with pytest.raises(RestException, match="RESOURCE_ALREADY_EXISTS") as refusal:
        client.create_experiment(name)
    assert refusal.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_the_default_experiment_is_there_from_the_start(client):
    default = client.get_experiment("0")
    assert (default.experiment_id, default.name, default.lifecycle_stage) == ("0", "Default", "active")
    run = client.create_run("0")
    assert run.info.experiment_id == "0"


def test_unknown_experiments(client, wire):
    assert client.get_experiment_by_name("nobody made this") is None
    wire.refused(MISSING, "GET", "experiments/get", experiment_id="987654321")
    wire.refused(INVALID, "GET", "experiments/get", experiment_id="seven")
    wire.refused(INVALID, "GET", "experiments/get", experiment_id="-1x")
    wire.refused(INVALID, "GET", "experiments/get")
    wire.refused(INVALID, "GET", "experiments/get-by-name")


@pytest.mark.differs("ids beyond 64 bits are a 500 there")
def test_an_id_of_forty_digits_is_a_mistake_not_a_fault(wire):
    wire.refused((INVALID, MISSING), "GET", "experiments/get", experiment_id="9" * 40)
    wire.refused((INVALID, MISSING), "POST", "runs/create", experiment_id="9" * 40)
    wire.refused((INVALID, MISSING), "POST", "runs/search", experiment_ids=["9" * 40], max_results=5)


def test_renaming(client, wire, fresh):
    first, second = fresh(), fresh()
    made, other = client.create_experiment(first), client.create_experiment(second)
    renamed = fresh("renamed")
    client.rename_experiment(made, renamed)
    assert client.get_experiment(made).name == renamed
    assert client.get_experiment_by_name(first) is None
    answer = wire.call("POST", "experiments/update", {"experiment_id": made, "new_name": second})
    assert answer.status_code == 400
    assert client.get_experiment(made).name == renamed
    client.delete_experiment(other)
    assert wire.call("POST", "experiments/update", {"experiment_id": made, "new_name": ""}).status_code == 400


@pytest.mark.differs("renaming a deleted experiment is a 500 there")
def test_a_deleted_experiment_keeps_its_name(client, wire, fresh):
    made = client.create_experiment(fresh())
    client.delete_experiment(made)
    answer = wire.call("POST", "experiments/update", {"experiment_id": made, "new_name": fresh()})
    assert answer.status_code == 400


def test_deletion_takes_the_runs_along_and_restoring_brings_all_back(client, fresh):
    made = client.create_experiment(fresh())
    kept, gone = client.create_run(made), client.create_run(made)
    client.delete_run(gone.info.run_id)

    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert client.get_run(kept.info.run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(RestException) as refusal:
        client.create_run(made)
    assert refusal.value.error_code == INVALID

    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"
    for run in (kept, gone):
        assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"


def test_deleting_and_restoring_twice(wire, experiment):
    wire.refused(MISSING, "POST", "experiments/restore", experiment_id=experiment)
    wire.post("experiments/delete", experiment_id=experiment)
    wire.refused(MISSING, "POST", "experiments/delete", experiment_id=experiment)
    wire.post("experiments/restore", experiment_id=experiment)
    wire.refused(MISSING, "POST", "experiments/restore", experiment_id=experiment)
    wire.refused(MISSING, "POST", "experiments/delete", experiment_id="987654321")


def test_tags(client, wire, experiment):
    client.set_experiment_tag(experiment, "stage", "early")
    client.set_experiment_tag(experiment, "stage", "late")
    client.set_experiment_tag(experiment, "mlflow.note.content", "# Note\n" + "x" * 15_000)
    assert client.get_experiment(experiment).tags["stage"] == "late"
    client.delete_experiment_tag(experiment, "stage")
    assert "stage" not in client.get_experiment(experiment).tags
    wire.refused(MISSING, "POST", "experiments/delete-experiment-tag", experiment_id=experiment, key="stage")
    wire.refused(INVALID, "POST", "experiments/set-experiment-tag", experiment_id=experiment, value="no key")
    wire.post("experiments/delete", experiment_id=experiment)
    wire.refused(INVALID, "POST", "experiments/set-experiment-tag", experiment_id=experiment, key="a", value="b")


def test_views(client, fresh):
    kept, gone = client.create_experiment(fresh()), client.create_experiment(fresh())
    client.delete_experiment(gone)

    def seen(view):
        return {found.experiment_id for found in client.search_experiments(view_type=view)}

    assert kept in seen(ViewType.ACTIVE_ONLY) and gone not in seen(ViewType.ACTIVE_ONLY)
    assert gone in seen(ViewType.DELETED_ONLY) and kept not in seen(ViewType.DELETED_ONLY)
    assert {kept, gone} <= seen(ViewType.ALL)


def test_where_artifacts_may_not_live(wire, fresh):
    wire.refused(INVALID, "POST", "experiments/create", name=fresh(), artifact_location="mlflow-artifacts:/a#b")
    wire.refused(INVALID, "POST", "experiments/create", name=fresh(), artifact_location="mlflow-artifacts:/" + "a" * 2100)


@pytest.mark.differs("a repeated tag key is RESOURCE_ALREADY_EXISTS there")
def test_a_tag_given_twice(wire, fresh):
    twice = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    wire.refused(INVALID, "POST", "experiments/create", name=fresh(), tags=twice)
