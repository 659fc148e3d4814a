"""Projects, members and experiments through our own API."""

import csv
import io
import re

import pytest
from mlflow.entities import Metric

from slipway import email


def test_a_project(admin, slipway):
    milestones = [{"name": "pilot", "date": "2031-03-01"}]
    made = admin.post("/api/v1/projects", {"key": "CHURN", "name": "Churn", "workstream": "optimization", "milestones": milestones})
    assert (made["key"], made["name"], made["workstream"], made["milestones"]) == ("CHURN", "Churn", "optimization", milestones)
    changed = admin.patch("/api/v1/projects/CHURN", {"name": "Churn early warning", "milestones": []}, made["version"])
    assert (changed["name"], changed["milestones"]) == ("Churn early warning", [])
    admin.refused(409, "POST", "/api/v1/projects", {"key": "CHURN", "name": "again"})
    admin.refused(412, "PATCH", "/api/v1/projects/CHURN", {"name": "old"}, version=made["version"])
    admin.refused(428, "PATCH", "/api/v1/projects/CHURN", {"name": "blind"})
    assert "CHURN" in [project["key"] for project in admin.get("/api/v1/projects")["items"]]


@pytest.mark.parametrize("wrong", [
    {"key": "churn"}, {"key": ""}, {"key": "A B"}, {"key": "../X"}, {"key": "X" * 100}, {"key": 5}, {"name": ""}, {"name": "n" * 10_000},
    {"workstream": "piracy"}, {"milestones": [{"name": "x", "date": "2031-02-30"}]}, {"milestones": [{"name": "x", "date": "soon"}]},
    {"milestones": "soon"}, {"colour": "red"},
])
def test_what_is_no_project(admin, wrong):
    admin.refused(400, "POST", "/api/v1/projects", {"key": "NEVER", "name": "Never"} | wrong)
    admin.refused(404, "GET", "/api/v1/projects/NEVER")


def test_members(slipway, admin, join, key):
    join("Dana", trades=["data_scientist"])
    join("Mara", role="viewer")
    members = {member["user"]["email"]: member for member in admin.get(f"/api/v1/projects/{key}/members")["items"]}
    assert members[email("Dana")]["trades"] == ["data_scientist"] and members[email("Mara")]["role"] == "viewer"
    path = f"/api/v1/projects/{key}/members"
    dana = slipway.api(email("Dana"))
    dana.refused(403, "PUT", f"{path}/{email('Mara')}", {"role": "admin", "trades": [], "duties": []})
    for wrong in ({"role": "king"}, {"duties": ["jester"]}, {"duties": "security"}, {"trades": [5]}):
        admin.refused(400, "PUT", f"{path}/{email('Mara')}", {"role": "viewer", "trades": [], "duties": []} | wrong)
    admin.refused(400, "PUT", f"{path}/no-address", {"role": "viewer", "trades": [], "duties": []})
    admin.delete(f"{path}/{email('Mara')}")
    slipway.api(email("Mara")).refused(404, "GET", f"/api/v1/projects/{key}")


def test_an_experiment_is_changed_by_who_read_it_last(team):
    made = team.propose()
    path = f"/api/v1/experiments/{made['id']}"
    changed = team.dana.patch(path, {"hypothesis": "Merchant windows do.", "owner": email("Lev")}, made["version"])
    assert (changed["hypothesis"], changed["owner"]["email"]) == ("Merchant windows do.", email("Lev"))
    stale = team.dana.refused(412, "PATCH", path, {"hypothesis": "mine"}, version=made["version"])
    assert stale["current"]["hypothesis"] == "Merchant windows do."
    team.dana.refused(428, "PATCH", path, {"hypothesis": "blind"})
    team.mara.refused(403, "PATCH", path, {"hypothesis": "from the seat"}, version=changed["version"])


def test_an_experiment_in_both_worlds(team):
    made = team.propose(name="Seen twice")
    with team.client("Lev") as client:
        client.rename_experiment(str(made["id"]), "Renamed by the client")
        by_client = client.create_experiment("Made by the client")
    assert team.experiment(made["id"])["name"] == "Renamed by the client"
    listed = {experiment["name"] for experiment in team.dana.get(f"/api/v1/projects/{team.key}/experiments")["items"]}
    assert {"Renamed by the client", "Made by the client"} <= listed
    bare = team.experiment(by_client)
    assert (bare["hypothesis"], bare["rule"], bare["status"]) == (None, None, "proposed")
    assert bare["owner"]["email"] == email("Lev")


def test_deletion_and_restoring(team):
    made = team.propose()
    run = team.log(made["id"], recall=0.8)
    path = f"/api/v1/experiments/{made['id']}"
    team.dana.delete(path)
    assert team.experiment(made["id"])["deleted"]
    assert team.dana.get(f"/api/v1/runs/{run}")["deleted"]
    team.dana.post(f"{path}/restoration")
    assert not team.experiment(made["id"])["deleted"] and not team.dana.get(f"/api/v1/runs/{run}")["deleted"]


def test_runs_of_an_experiment(team):
    experiment = team.propose()["id"]
    for recall in (0.7, 0.9, 0.8):
        team.log(experiment, recall=recall)
    path = f"/api/v1/experiments/{experiment}/runs"
    best_first = team.dana.get(path, sort="metrics.recall:desc")["items"]
    assert [run["metrics"]["recall"] for run in best_first] == [0.9, 0.8, 0.7]
    page = team.dana.get(path, limit=2)
    assert len(page["items"]) == 2 and page["next"]
    rest = team.dana.get(path, limit=2, cursor=page["next"])
    assert len(rest["items"]) == 1 and not rest["next"]
    assert team.dana.get(path)["columns"]["metrics"] == ["recall"]


def test_formulas_do_not_leave_in_a_table(team):
    experiment = team.propose()["id"]
    with team.client("Lev") as client:
        client.create_run(str(experiment), run_name="=HYPERLINK(\"http://evil.example\")", tags={"a": "+1+cmd|' /C calc'!A0", "b": "@SUM(1)", "c": "-1+1", "d": "-1.5"})
    table = team.dana.send("GET", f"/api/v1/experiments/{experiment}/runs", params={"format": "csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    for row in csv.reader(io.StringIO(table.text)):
        assert not any(cell.startswith(("=", "+", "@", "-")) and not is_number(cell) for cell in row)


def is_number(text):
    return re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", text) is not None


def test_a_chart_keeps_its_extremes(team):
    experiment = team.propose()["id"]
    with team.client("Lev") as client:
        run = client.create_run(str(experiment)).info.run_id
        values = [100.0 if step == 3333 else -50.0 if step == 1234 else step % 7 for step in range(5000)]
        for start in range(0, 5000, 1000):
            client.log_batch(run, metrics=[Metric("loss", values[step], step, step) for step in range(start, start + 1000)])
    answer = team.dana.get(f"/api/v1/experiments/{experiment}/series", metric="loss", runs=run, points=200)
    (series,) = answer["series"]
    assert series["total"] == 5000 and len(series["points"]) <= 400
    assert max(point["max"] for point in series["points"]) == 100
    assert min(point["min"] for point in series["points"]) == -50


def test_events_tell_what_happened(team):
    experiment = team.propose()["id"]
    team.log(experiment, recall=0.8)
    events = team.dana.get("/api/v1/events", project=team.key)["items"]
    kinds = [event["kind"] for event in events]
    assert {"experiment.proposed", "run.started"} & set(kinds) and all(event["seq"] for event in events)
    assert [event["seq"] for event in events] == sorted((event["seq"] for event in events), reverse=True)
    assert all(event["project"] == team.key for event in events)
