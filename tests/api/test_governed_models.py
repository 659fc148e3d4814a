"""What `models:/NAME@production` answers is what the gate let through, whatever a client asks for."""

import mlflow
import numpy
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from slipway import email
from wire import INVALID, MISSING, Wire

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

    def deploy(self, run, **plan):
        self.team.review_all(self.experiment)
        promotion = self.team.ask_promotion(self.experiment, run, **plan)
        for duty in ("technical_lead", "product_owner", "security"):
            promotion = self.team.approve(promotion, duty)
        return self.team.tom.post(f"/api/v1/promotions/{promotion['id']}/deployment", {})

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


def test_changed_bytes_are_not_what_was_approved(bet):
    _, run, _ = bet.train(1)
    bet.deploy(run)
    location = bet.wire.get("model-versions/get-download-uri", name="trees", version="1")["artifact_uri"]
    path = "/api/2.0/mlflow-artifacts/artifacts/" + location.removeprefix("mlflow-artifacts:/")
    before = bet.wire.send("GET", f"{path}/MLmodel").content
    assert bet.wire.send("PUT", f"{path}/MLmodel", data=before + b"\n# later").status_code == 200
    bet.wire.refused(MISSING, "GET", "registered-models/alias", name="trees", alias="production")
    assert bet.wire.send("PUT", f"{path}/MLmodel", data=before).status_code == 200
    assert bet.alias("production") == "1"


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
