"""What `models:/NAME@production` answers is what the gate let through, whatever a client asks for."""

import concurrent.futures

import mlflow
import numpy
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from slipway import email
from team import APPROVER
from wire import CONFLICT, INVALID, MISSING, Wire, expect

quick = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle"}
x, y = load_iris(return_X_y=True)


class Bet:
    """An experiment whose runs train decision trees that are registered as `trees`."""

    def __init__(self, team):
        self.team = team
        self.experiment = team.propose()["id"]
        self.wire = Wire(team.slipway.tracking_uri(team.key), team.slipway.token(email("Lev")))

    def train(self, depth):
        """Lev trains, logs and registers a tree; gives it with its run and its version."""
        tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x, y)
        with self.team.client("Lev"):
            mlflow.set_experiment(experiment_id=str(self.experiment))
            with mlflow.start_run() as run:
                mlflow.log_metrics({"recall": 0.8, "precision": 0.95})
                mlflow.sklearn.log_model(tree, name="tree", registered_model_name="trees", **quick)
            (version,) = MlflowClient().search_model_versions(f"run_id = '{run.info.run_id}'")
        return tree, run.info.run_id, version.version

    def approved(self, run, **plan):
        self.team.review_all(self.experiment)
        promotion = self.team.ask_promotion(self.experiment, run, **plan)
        for duty in APPROVER:
            promotion = self.team.approve(promotion, duty)
        return promotion

    def live(self, promotion):
        return self.team.tom.post(f"/api/v1/promotions/{promotion['id']}/deployment", {})

    def deploy(self, run, **plan):
        return self.live(self.approved(run, **plan))

    def asked(self, address):
        with self.team.client("Mara"):
            return mlflow.sklearn.load_model(address).predict(x)

    def alias(self, name):
        return self.wire.get("registered-models/alias", name="trees", alias=name)["model_version"]["version"]


@pytest.fixture
def bet(team, monkeypatch):
    yield Bet(team)
    mlflow.tracking.fluent._active_experiment_id = None
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)


def test_production_is_what_was_deployed(bet, team):
    shallow, first, _ = bet.train(1)
    deep, second, _ = bet.train(4)
    with pytest.raises(MlflowException) as refusal:
        bet.asked("models:/trees@production")
    assert refusal.value.error_code == MISSING

    bet.deploy(first)
    for address in ("models:/trees@production", "models:/trees/Production"):
        assert numpy.array_equal(bet.asked(address), shallow.predict(x))
    assert numpy.array_equal(bet.asked("models:/trees/latest"), deep.predict(x))

    bet.deploy(second)
    assert numpy.array_equal(bet.asked("models:/trees@production"), deep.predict(x))
    (model,) = team.mara.get(f"/api/v1/projects/{team.key}/models")["items"]
    (alias,) = model["aliases"]
    assert (alias["alias"], alias["version"], alias["governed"]) == ("production", 2, True)
    assert team.mara.get(f"/api/v1/promotions/{alias['promotion']}")["bundle"]["run"]["id"] == second
    shown = team.mara.get(f"/api/v1/models/{model['id']}")["versions"]["items"]
    assert [(v["number"], v["stage"], v["run"]["id"]) for v in shown] == [(2, "Production", second), (1, "None", first)]


def test_no_client_gets_round_the_gate(bet, team):
    _, run, version = bet.train(1)
    bet.deploy(run)
    about = {"name": "trees", "version": version}
    for who in ("Lev", "Tom", "Sam"):
        wire = Wire(bet.wire.uri, team.slipway.token(email(who)))
        for alias in ("production", "Production"):
            assert "promotion" in wire.refused(INVALID, "POST", "registered-models/alias", alias=alias, **about)
            assert "promotion" in wire.refused(INVALID, "DELETE", "registered-models/alias", alias=alias, **about)
        wire.refused(INVALID, "POST", "model-versions/transition-stage", stage="Production", **about)
        wire.refused(INVALID, "POST", "model-versions/transition-stage", stage="Archived", **about)
        wire.refused(INVALID, "DELETE", "model-versions/delete", **about)
        wire.refused(INVALID, "DELETE", "registered-models/delete", name="trees")
    # Another store under the run's name is another model, and stays out.
    bet.wire.post("model-versions/create", name="trees", source="s3://elsewhere/model", run_id=run)
    assert (bet.alias("production"), bet.alias("latest")) == ("1", "2")
    bet.wire.post("registered-models/alias", name="trees", alias="champion", version="2")
    assert bet.alias("champion") == "2"
    bet.wire.ok("DELETE", "model-versions/delete", {"name": "trees", "version": "2"})


def test_a_version_that_came_after_the_deployment_is_not_what_was_deployed(bet):
    _, run, _ = bet.train(1)
    bet.deploy(run)
    made = bet.wire.post("model-versions/create", name="trees", source="models:/trees/1")["model_version"]
    assert (made["version"], bet.alias("latest"), bet.alias("production")) == ("2", "2", "1")


def test_a_version_that_comes_late_waits_for_approvals_of_its_own(bet, team):
    _, run, _ = bet.train(1)
    promotion = bet.approved(run)
    assert [(v["name"], v["number"], v["aliased"]) for v in promotion["bundle"]["versions"]] == [("trees", 1, True)]
    # Lev may track, so he registers what he likes of an approved run: under its name, and under another.
    made = bet.wire.post("model-versions/create", name="trees", source="models:/trees/1")["model_version"]
    bet.wire.post("registered-models/create", name="other trees")
    bet.wire.post("model-versions/create", name="other trees", source="models:/trees/1")
    late = team.promotion(promotion)
    assert (late["state"], late["missing"]["duties"]) == ("waiting", list(APPROVER))
    assert [line.split(" was ")[0] for line in late["changed"]] == ["Version 1 of other trees", "Version 2 of trees"]
    assert "trees@production" in late["changed"][1] and late["approvals"][0]["changed"] == late["changed"]
    refused = team.tom.refused(409, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})
    assert refused["missing"]["duties"] == list(APPROVER)
    seen = {"digest": promotion["bundle"]["digest"]}
    team.tom.refused(412, "PUT", f"/api/v1/promotions/{promotion['id']}/approval", {"duty": "technical_lead"} | seen)

    # What is taken away again leaves the bundle that was approved.
    bet.wire.ok("DELETE", "registered-models/delete", {"name": "other trees"})
    bet.wire.ok("DELETE", "model-versions/delete", {"name": "trees", "version": made["version"]})
    again = team.promotion(promotion)
    assert (again["state"], again["changed"]) == ("approved", [])
    bet.live(again)
    assert bet.alias("production") == "1"


def test_whoever_registers_while_others_deploy(bet, team):
    """Whichever comes first: the alias names what three people approved."""
    for depth in (1, 2, 3):
        _, run, _ = bet.train(depth)
        promotion = bet.approved(run)
        path = f"/api/v1/promotions/{promotion['id']}/deployment"
        new = {"name": "trees", "source": f"models:/trees/{promotion['bundle']['versions'][-1]['number']}"}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            made = [pool.submit(bet.wire.call, "POST", "model-versions/create", new) for _ in range(3)]
            live = pool.submit(team.tom.send, "POST", path, {})
        assert all(one.result().status_code == 200 for one in made)
        if live.result().status_code == 201:
            (named,) = [v["number"] for v in live.result().json()["bundle"]["versions"] if v["aliased"]]
            assert bet.alias("production") == str(named)
            assert {given["digest"] for given in team.promotion(promotion)["approvals"]} == {promotion["bundle"]["digest"]}
        else:
            assert live.result().json()["missing"]["duties"] == list(APPROVER)


def test_what_is_live_stays(bet, team):
    tree, run, _ = bet.train(1)
    bet.deploy(run)
    _, other, _ = bet.train(2)
    location = bet.wire.get("model-versions/get-download-uri", name="trees", version="1")["artifact_uri"]
    path = "/api/2.0/mlflow-artifacts/artifacts/" + location.removeprefix("mlflow-artifacts:/")
    before = bet.wire.send("GET", f"{path}/MLmodel").content
    for method, place in (("PUT", "MLmodel"), ("PUT", "new.py"), ("DELETE", "MLmodel"), ("DELETE", "")):
        answer = bet.wire.send(method, f"{path}/{place}".rstrip("/"), data=b"evil" if method == "PUT" else None)
        assert "what is live in production" in expect(answer, CONFLICT)
    with team.client("Lev") as client:
        model = client.get_run(run).outputs.model_outputs[0].model_id
        for act in (
            lambda: client.log_text(run, "late", "late.txt"),
            lambda: client.delete_run(run),
            lambda: client.delete_experiment(str(bet.experiment)),
            lambda: client.delete_logged_model(model),
            lambda: client.rename_registered_model("trees", "old trees"),
            lambda: client.delete_registered_model("trees"),
        ):
            with pytest.raises((MlflowException, requests.HTTPError)) as refusal:
                act()
            assert "in production" in str(refusal.value) + getattr(getattr(refusal.value, "response", None), "text", "")
        # Watching it goes on, and so does work on what is not live.
        client.log_metric(run, "drift", 0.1)
        client.set_tag(run, "seen", "yes")
        client.delete_run(other)
        client.restore_run(other)
    for path_of in (f"runs/{run}", f"experiments/{bet.experiment}"):
        assert "live in production" in team.lev.refused(409, "DELETE", f"/api/v1/{path_of}")["detail"]
    assert bet.wire.send("GET", f"{path}/MLmodel").content == before
    assert numpy.array_equal(bet.asked("models:/trees@production"), tree.predict(x))


def test_another_spelling_is_the_same_environment(bet, team):
    _, first, _ = bet.train(1)
    _, second, _ = bet.train(2)
    assert bet.deploy(first, environment="Production")["plan"]["environment"] == "production"
    assert bet.deploy(second, environment="PRODUCTION")["deployment"]["environment"] == "production"
    (model,) = team.mara.get(f"/api/v1/projects/{team.key}/models")["items"]
    assert [(alias["alias"], alias["version"]) for alias in model["aliases"]] == [("production", 2)]


def test_an_environment_of_the_project_governs_its_name(bet, team):
    _, run, _ = bet.train(1)
    bet.wire.post("registered-models/alias", name="trees", alias="staging", version="1")
    bet.wire.post("model-versions/transition-stage", name="trees", version="1", stage="Staging")
    bet.deploy(run, environment="staging")
    bet.wire.refused(INVALID, "POST", "registered-models/alias", name="trees", alias="staging", version="1")
    bet.wire.refused(MISSING, "GET", "registered-models/alias", name="trees", alias="production")
    read = bet.wire.get("registered-models/get", name="trees")["registered_model"]
    assert read["aliases"] == [{"alias": "staging", "version": "1"}]
    assert read["latest_versions"][0]["current_stage"] == "Staging"
    # Names of one project's environments are free in another.
    other = Wire(team.slipway.tracking_uri(team.slipway.new_project()), team.slipway.token(email("Sam")))
    other.post("registered-models/create", name="trees")
    other.post("model-versions/create", name="trees", source="s3://x/y")
    other.post("registered-models/alias", name="trees", alias="staging", version="1")
