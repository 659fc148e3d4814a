"""`slipway demo`: a newcomer signs in and finds four bets, each somewhere else on its way."""

import re
import subprocess
import time

import mlflow
import pytest
import requests
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import recall_score

from slipway import PROGRAM, free_port


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    log = tmp_path_factory.mktemp("demo") / "log"
    url = f"http://127.0.0.1:{free_port()}"
    with log.open("w") as out:
        process = subprocess.Popen([PROGRAM, "demo", "--listen", url.removeprefix("http://")], stdout=out, stderr=out)
    end = time.monotonic() + 60
    while "Slipway is ready" not in log.read_text():
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    yield url, log.read_text()
    process.terminate()
    assert process.wait(15) == 0


@pytest.fixture(scope="module")
def sam(demo):
    url, printed = demo
    assert url in printed
    session = requests.Session()
    session.headers["X-Slipway"] = "1"
    login = {"email": re.search(r"sam@\S+", printed).group(), "password": re.search(r"password (\S+)", printed).group(1)}
    assert session.post(f"{url}/api/v1/session", json=login).ok
    return lambda path: session.get(url + path).json()


def bets(sam):
    listed = [sam(f"/api/v1/projects/{key}/experiments")["items"] for key in ("SCREEN", "DIGITS")]
    return {bet["name"]: sam(f"/api/v1/experiments/{bet['id']}") for items in listed for bet in items}


def test_each_bet_is_where_its_runs_have_brought_it(sam):
    found = {name: (bet["status"], (bet["verdict"] or {}).get("state")) for name, bet in bets(sam).items() if bet["rule"]}
    assert found == {
        "Boosting for screening triage": ("in_production", "supported"),
        "Probabilities people can take at their word": ("running", "open"),
        "A small network reads form digits": ("in_review", "supported"),
        "A quarter of the pixels is enough": ("running", "refuted"),
    }


def test_near_misses_are_named(sam):
    misses = {name: [miss["run"]["name"] for miss in bet["verdict"]["near_misses"]] for name, bet in bets(sam).items() if bet["verdict"]}
    assert "extra-trees-300-4x4" in misses["A quarter of the pixels is enough"]
    assert "forest-300-flag-early" in misses["Boosting for screening triage"]


def test_a_sitting_of_planning_poker_can_be_exported(sam):
    (sitting,) = sam("/api/v1/projects/SCREEN/estimates")["items"]
    record = sam(f"/api/v1/estimates/{sitting['id']}/export")
    agreed = {"points": 5.0, "estimated": 2, "unestimated": 0}
    assert record["totals"] == sitting["totals"] == {"items": 2, "rounds": 3, "votes": 9, "discussed": 2} | agreed
    assert [[round["state"] for round in item["rounds"]] for item in record["items"]] == [["repeated", "settled"], ["settled"]]
    assert {item["key"]: item["estimate"] for item in record["items"]} == {"SCREEN-6": 3.0, "SCREEN-5": 2.0}


def test_one_approval_is_waited_for(sam):
    (waiting,) = [promotion for promotion in sam("/api/v1/projects/DIGITS/promotions")["items"] if promotion["state"] == "waiting"]
    assert waiting["missing"] == {"duties": ["security"], "checks": []}


def test_a_model_is_offered_where_a_gate_has_let_it_through(demo, sam, monkeypatch):
    (live,) = sam("/api/v1/projects/SCREEN/models")["items"]
    assert [(alias["alias"], alias["version"], alias["governed"]) for alias in live["aliases"]] == [("candidate", 1, False), ("production", 1, True)]
    (waiting,) = sam("/api/v1/projects/DIGITS/models")["items"]
    assert [(alias["alias"], alias["governed"]) for alias in waiting["aliases"]] == [("candidate", False)]
    for name, key in (("screening-triage", "SCREEN"), ("digit-reader", "DIGITS")):
        (promotion,) = [one for one in sam(f"/api/v1/projects/{key}/promotions")["items"]]
        assert [(version["name"], version["number"], version["aliased"]) for version in promotion["bundle"]["versions"]] == [(name, 1, True)]
        assert promotion["missing"]["checks"] == [] and [model["status"] for model in promotion["bundle"]["models"]] == ["ready"]

    # What is live can be loaded and answers.
    url, printed = demo
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", re.search(r"sam@\S+", printed).group())
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", re.search(r"password (\S+)", printed).group(1))
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    mlflow.set_tracking_uri(f"{url}/p/SCREEN")
    x, y = load_breast_cancer(return_X_y=True)
    found = mlflow.sklearn.load_model("models:/screening-triage@production").predict_proba(x)[:, 1] >= 0.15
    assert recall_score(1 - y, found) > 0.95


def test_runs_have_curves_and_files(sam):
    bet = bets(sam)["A small network reads form digits"]
    runs = {run["name"]: run for run in sam(f"/api/v1/experiments/{bet['id']}/runs")["items"]}
    assert {run["status"] for run in runs.values()} >= {"FINISHED", "FAILED"}
    best = runs["network-128"]
    assert best["metrics"]["accuracy"] >= 0.975 and best["datasets"][0]["name"] == "digits"
    files = [file["path"] for file in sam(f"/api/v1/runs/{best['id']}/artifacts")["files"]]
    assert "model_card.md" in files and "metrics.json" in files
    (series,) = sam(f"/api/v1/experiments/{bet['id']}/series?metric=train_loss&runs={best['id']}")["series"]
    losses = [point["value"] for point in series["points"]]
    assert len(losses) == 60 and losses[-1] < losses[0] / 10
