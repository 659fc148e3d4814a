"""The verdict is computed from what the client logged."""

import time

import pytest

from slipway import ADMIN, Fresh
from team import RULE, Team


def test_supported_by_a_run_that_meets_everything(team):
    experiment = team.propose()["id"]
    assert team.experiment(experiment)["verdict"] is None
    team.log(experiment, recall=0.721, precision=0.903)
    still = team.experiment(experiment)
    assert (still["status"], still["verdict"]["state"]) == ("running", "open")
    good = team.log(experiment, recall=0.757, precision=0.905)
    verdict = team.experiment(experiment)["verdict"]
    assert (verdict["state"], verdict["run"]["id"]) == ("supported", good)
    assert (verdict["value"], verdict["threshold"], verdict["near_misses"]) == (0.757, 0.75, [])
    assert verdict["decided_at"] and verdict["reason"]


def test_a_near_miss_is_named_and_does_not_count(team):
    experiment = team.propose()["id"]
    greedy = team.log(experiment, recall=0.764, precision=0.861)
    verdict = team.experiment(experiment)["verdict"]
    assert verdict["state"] == "open"
    (miss,) = verdict["near_misses"]
    assert (miss["run"]["id"], miss["value"]) == (greedy, 0.764)
    (broken,) = miss["broken"]
    assert (broken["metric"], broken["comparator"], broken["threshold"], broken["value"]) == ("precision", ">=", 0.9, 0.861)


@pytest.mark.parametrize("metrics, status", [
    ({"recall": 0.8}, "FINISHED"),  # a constraint without a value is not met
    ({"precision": 0.95}, "FINISHED"),
    ({"recall": 0.8, "precision": 0.95}, "FAILED"),
    ({"recall": 0.8, "precision": 0.95}, "RUNNING"),
    ({"recall": 0.8, "precision": 0.95}, "KILLED"),
    ({"recall": float("nan"), "precision": 0.95}, "FINISHED"),
    ({"recall": 0.8, "precision": float("nan")}, "FINISHED"),
    ({"Recall": 0.8, "precision": 0.95}, "FINISHED"),
])
def test_what_decides_nothing(team, metrics, status):
    experiment = team.propose()["id"]
    team.log(experiment, status=status, **metrics)
    assert team.experiment(experiment)["verdict"]["state"] == "open"


@pytest.mark.parametrize("comparator, value, state", [
    (">=", 0.75, "supported"), (">", 0.75, "open"), ("<=", 0.75, "supported"), ("<", 0.75, "open"), ("<", 0.74, "supported"), (">", 0.76, "supported"),
])
def test_comparators(team, comparator, value, state):
    rule = {"metric": "loss", "comparator": comparator, "threshold": 0.75, "constraints": []}
    experiment = team.propose(rule)["id"]
    team.log(experiment, loss=value)
    assert team.experiment(experiment)["verdict"]["state"] == state


def test_the_latest_value_decides(team):
    experiment = team.propose()["id"]
    with team.client("Lev") as client:
        run = client.create_run(str(experiment)).info.run_id
        for step, recall in enumerate([0.9, 0.8, 0.7]):
            client.log_metric(run, "recall", recall, step=step)
        client.log_metric(run, "precision", 0.95)
        client.set_terminated(run)
    assert team.experiment(experiment)["verdict"]["state"] == "open"


def test_a_deleted_run_decides_nothing(team):
    experiment = team.propose()["id"]
    run = team.log(experiment, recall=0.757, precision=0.905)
    with team.client("Lev") as client:
        client.delete_run(run)
        assert team.experiment(experiment)["verdict"] is None or team.experiment(experiment)["verdict"]["state"] == "open"
        client.restore_run(run)
    assert team.experiment(experiment)["verdict"]["state"] == "supported"


def test_a_rule_changed_after_the_first_run_is_marked(team):
    made = team.propose()
    path = f"/api/v1/experiments/{made['id']}"
    early = team.dana.patch(path, {"rule": RULE | {"threshold": 0.8}}, made["version"])
    assert (early["rule"]["changed_after_first_run"], early["rule"]["history"]) == (False, 2)
    team.log(made["id"], recall=0.757, precision=0.905)
    late = team.dana.patch(path, {"rule": RULE | {"threshold": 0.7}}, team.experiment(made["id"])["version"])
    assert late["rule"]["changed_after_first_run"] and late["rule"]["set_at"] > early["rule"]["set_at"]
    assert late["rule"]["set_by"]["name"] == "Dana"
    assert late["verdict"]["state"] == "supported"


def test_what_the_runs_have_logged(team):
    experiment = team.propose()["id"]
    team.log(experiment, recall=0.7, precision=0.95)
    best = team.log(experiment, recall=0.9, precision=0.5)
    last = team.log(experiment, recall=0.8, precision=0.6)
    metrics = {metric["name"]: metric for metric in team.experiment(experiment)["metrics"]}
    assert (metrics["recall"]["best"]["run"]["id"], metrics["recall"]["best"]["value"]) == (best, 0.9)
    assert (metrics["recall"]["latest"]["run"]["id"], metrics["recall"]["latest"]["value"]) == (last, 0.8)
    assert metrics["recall"]["runs"] == 3
    assert team.experiment(experiment)["runs"] == {"total": 3, "running": 0, "finished": 3, "failed": 0}


def test_time_refutes(tmp_path):
    """The time box ends without a run that meets the rule: the clock is a file here."""
    clock = tmp_path / "clock"
    now = int(time.time() * 1000)
    clock.write_text(str(now))
    with Fresh("sqlite") as server:
        server.add_user(ADMIN, "--admin")
        server.start("--clock", str(clock))
        team = Team(server, server.new_project())
        lost, won = team.propose(name="lost")["id"], team.propose(name="won")["id"]
        greedy = team.log(lost, recall=0.764, precision=0.861)
        team.log(lost, recall=0.731, precision=0.91)
        clock.write_text(str(now + 4 * 86_400_000))
        team.log(won, recall=0.757, precision=0.905)
        clock.write_text(str(now + 10 * 86_400_000 + 60_000))

        verdict = team.experiment(lost)["verdict"]
        assert (verdict["state"], verdict["value"]) == ("refuted", 0.731)
        assert [miss["run"]["id"] for miss in verdict["near_misses"]] == [greedy]
        assert team.experiment(won)["verdict"]["state"] == "supported"
        # Too late: the time box is over.
        team.log(lost, recall=0.9, precision=0.95)
        assert team.experiment(lost)["verdict"]["state"] == "refuted"

        estimate = team.propose(name="next")["timeline"]["estimate"]
        assert estimate["days"] == 7 and "2" in estimate["basis"]
