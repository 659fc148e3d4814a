"""Registered models, their versions and aliases: made, moved, copied, loaded, deleted, refused."""

import mlflow
import numpy
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from slipway import ADMIN
from wire import INVALID, MISSING, TAKEN, Wire

# Otherwise the client starts a process to find out which packages the model needs.
quick = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle"}
S3 = "s3://models/churn/1"


@pytest.fixture
def name(fresh):
    return fresh("churn")


@pytest.fixture
def model(client, name):
    return client.create_registered_model(name, tags={"team": "growth"}, description="Who leaves?")


@pytest.fixture
def version(client, model):
    """version() adds one; each comes from an object store."""
    return lambda **fields: client.create_model_version(model.name, S3, **fields)


@pytest.fixture
def tree(client, fresh):
    """tree(depth) logs a decision tree and gives it with what the client answered."""
    mlflow.set_experiment(fresh("trees"))
    x, y = load_iris(return_X_y=True)

    def tree(depth=2, **fields):
        fitted = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x, y)
        with mlflow.start_run() as run:
            logged = mlflow.sklearn.log_model(fitted, name="tree", **quick, **fields)
        return fitted, run.info.run_id, logged

    return tree


def same(fitted, address):
    x, _ = load_iris(return_X_y=True)
    return numpy.array_equal(mlflow.sklearn.load_model(address).predict(x), fitted.predict(x))


def test_a_model_is_registered_and_read_back(client, wire, model):
    read = client.get_registered_model(model.name)
    assert (read.name, read.description, read.tags) == (model.name, "Who leaves?", {"team": "growth"})
    assert 0 < read.creation_timestamp == read.last_updated_timestamp
    assert (read.latest_versions, read.aliases) == ([], {})
    wire.refused(TAKEN, "POST", "registered-models/create", name=model.name)
    wire.refused(MISSING, "GET", "registered-models/get", name=model.name + "?")


def test_a_description_is_changed_and_cleared(client, wire, model):
    assert client.update_registered_model(model.name, "Who stays?").description == "Who stays?"
    cleared = wire.ok("PATCH", "registered-models/update", {"name": model.name})["registered_model"]
    assert not cleared.get("description")
    wire.refused(MISSING, "PATCH", "registered-models/update", name="nothing", description="x")


def test_it_is_renamed_with_all_that_belongs_to_it(client, wire, model, version, fresh):
    client.set_registered_model_alias(model.name, "champion", version(tags={"a": "1"}).version)
    new = fresh("renamed")
    client.rename_registered_model(model.name, new)
    read = client.get_registered_model(new)
    assert (read.tags, read.aliases) == ({"team": "growth"}, {"champion": "1"})
    assert client.get_model_version(new, 1).tags == {"a": "1"}
    assert client.get_model_version_by_alias(new, "champion").name == new
    wire.refused(MISSING, "GET", "registered-models/get", name=model.name)
    client.create_registered_model(model.name)
    wire.refused(TAKEN, "POST", "registered-models/rename", name=new, new_name=model.name)
    for wrong in ("a/b", "a:b", " ", ".."):
        wire.refused(INVALID, "POST", "registered-models/rename", name=new, new_name=wrong)


def test_deleting_one_is_final_and_frees_the_name(client, wire, model, version):
    version()
    version()
    client.delete_registered_model(model.name)
    wire.refused(MISSING, "GET", "registered-models/get", name=model.name)
    wire.refused(MISSING, "GET", "model-versions/get", name=model.name, version="1")
    wire.refused(MISSING, "DELETE", "registered-models/delete", name=model.name)
    client.create_registered_model(model.name)
    assert version().version == "1"


def test_tags_of_a_model_and_of_a_version(client, wire, model, version):
    made = version(tags={"stage": "try"})
    client.set_registered_model_tag(model.name, "team", "fraud")
    client.set_model_version_tag(model.name, made.version, "checked", "yes")
    assert client.get_registered_model(model.name).tags == {"team": "fraud"}
    assert client.get_model_version(model.name, 1).tags == {"stage": "try", "checked": "yes"}
    for _ in range(2):
        client.delete_registered_model_tag(model.name, "team")
        client.delete_model_version_tag(model.name, "1", "stage")
    assert client.get_registered_model(model.name).tags == {}
    assert client.get_model_version(model.name, 1).tags == {"checked": "yes"}
    wire.refused(MISSING, "POST", "registered-models/set-tag", name="nothing", key="a", value="b")
    wire.refused(MISSING, "POST", "model-versions/set-tag", name=model.name, version="7", key="a", value="b")
    client.set_registered_model_tag(model.name, "long", "x" * 100_000)


@pytest.mark.parametrize("tag", [("a,b", "x"), ("/a", "x"), ("k" * 251, "x"), ("a", "x" * 100_001), ("", "x")], ids=range(5))
def test_tags_that_are_refused(wire, model, version, tag):
    version()
    tag = dict(zip(("key", "value"), tag))
    wire.refused(INVALID, "POST", "registered-models/set-tag", name=model.name, **tag)
    wire.refused(INVALID, "POST", "model-versions/set-tag", name=model.name, version="1", **tag)
    wire.refused(INVALID, "POST", "registered-models/create", name=model.name + "2", tags=[tag])
    wire.refused(INVALID, "POST", "model-versions/create", name=model.name, source=S3, tags=[tag])
    assert len(wire.get("model-versions/search", filter=f"name = '{model.name}'")["model_versions"]) == 1


def test_versions_are_numbered_and_no_number_comes_twice(client, wire, model, version):
    assert [version().version for _ in range(3)] == ["1", "2", "3"]
    client.delete_model_version(model.name, "3")
    client.delete_model_version(model.name, "1")
    wire.refused(MISSING, "DELETE", "model-versions/delete", name=model.name, version="1")
    wire.refused(MISSING, "GET", "model-versions/get", name=model.name, version="3")
    assert version().version == "4"
    assert [v.version for v in client.search_model_versions(f"name = '{model.name}'", order_by=["version_number"])] == ["2", "4"]


def test_a_version_is_read_back(client, wire, model, version):
    made = version(description="first", run_link="https://ci/7")
    read = client.get_model_version(model.name, made.version)
    assert (read.name, read.version, read.source) == (model.name, "1", S3)
    assert (read.description, read.run_link, read.status, read.current_stage) == ("first", "https://ci/7", "READY", "None")
    assert 0 < read.creation_timestamp == read.last_updated_timestamp
    assert client.update_model_version(model.name, "1", "second").description == "second"
    assert not wire.ok("PATCH", "model-versions/update", {"name": model.name, "version": "1"})["model_version"].get("description")
    assert client.get_model_version_download_uri(model.name, "1") == S3
    for wrong in ("x", "1.5", ""):
        wire.refused(INVALID, "GET", "model-versions/get", name=model.name, version=wrong)
    wire.refused(MISSING, "POST", "model-versions/create", name="nothing", source=S3)
    wire.refused(INVALID, "POST", "model-versions/create", name=model.name)


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", ".", ".."])
def test_names_that_are_refused(wire, name):
    wire.refused(INVALID, "POST", "registered-models/create", name=name)


@pytest.mark.differs("SQLite takes any length there")
def test_a_name_that_is_too_long(wire):
    wire.refused(INVALID, "POST", "registered-models/create", name="n" * 257)


def test_aliases_move(client, wire, model, version):
    first, second = version(), version()
    client.set_registered_model_alias(model.name, "champion", first.version)
    client.set_registered_model_alias(model.name, "Ünder-1_x", first.version)
    assert client.get_model_version_by_alias(model.name, "champion").version == "1"
    assert sorted(client.get_model_version(model.name, "1").aliases) == ["champion", "Ünder-1_x"]
    client.set_registered_model_alias(model.name, "champion", second.version)
    assert client.get_registered_model(model.name).aliases == {"champion": "2", "Ünder-1_x": "1"}
    for _ in range(2):
        client.delete_registered_model_alias(model.name, "Ünder-1_x")
    assert client.get_model_version(model.name, "1").aliases == []
    client.delete_model_version(model.name, "2")
    assert client.get_registered_model(model.name).aliases == {}
    assert client.get_model_version_by_alias(model.name, "latest").version == "1"


def test_aliases_that_are_refused(wire, model, version):
    version()
    about = {"name": model.name, "version": "1"}
    for wrong in ("", "a b", "a.b", "a@b", "latest", "LATEST", "v1", "V22", "x" * 256):
        wire.refused(INVALID, "POST", "registered-models/alias", alias=wrong, **about)
    wire.refused(MISSING, "POST", "registered-models/alias", alias="champion", name=model.name, version="9")
    wire.refused(MISSING, "POST", "registered-models/alias", alias="champion", name="nothing", version="1")
    why = wire.refused(INVALID, "GET", "registered-models/alias", name=model.name, alias="champion")
    assert why == "Registered model alias champion not found."
    wire.refused(MISSING, "GET", "registered-models/alias", name="nothing", alias="champion")
    wire.refused(MISSING, "DELETE", "registered-models/alias", name="nothing", alias="champion")


def test_stages_of_older_clients_are_labels(client, wire, model, version):
    for _ in range(3):
        version()
    assert client.transition_model_version_stage(model.name, "1", "staging").current_stage == "Staging"
    moved = client.transition_model_version_stage(model.name, "2", "Staging", archive_existing_versions=True)
    assert moved.current_stage == "Staging"
    assert client.get_model_version(model.name, "1").current_stage == "Archived"
    latest = {v.current_stage: v.version for v in client.get_latest_versions(model.name)}
    assert latest == {"None": "3", "Staging": "2", "Archived": "1"}
    assert [v.version for v in client.get_latest_versions(model.name, ["staging"])] == ["2"]
    shown = client.get_registered_model(model.name).latest_versions
    assert {v.current_stage: v.version for v in shown} == latest
    wire.refused(INVALID, "POST", "model-versions/transition-stage", name=model.name, version="1", stage="Elsewhere")
    wire.refused(MISSING, "POST", "model-versions/transition-stage", name=model.name, version="9", stage="Staging")
    wire.refused(INVALID, "GET", "registered-models/get-latest-versions", name=model.name, stages="Elsewhere")


@pytest.mark.differs("a 500 there")
def test_nothing_is_archived_into_an_inactive_stage(wire, model, version):
    version()
    about = {"name": model.name, "version": "1", "archive_existing_versions": True}
    for stage in ("None", "Archived"):
        wire.refused(INVALID, "POST", "model-versions/transition-stage", stage=stage, **about)


def test_a_logged_model_is_registered_and_loaded(client, tree, name):
    fitted, run, logged = tree()
    made = mlflow.register_model(logged.model_uri, name, tags={"kind": "tree"})
    assert (made.version, made.run_id, made.source) == ("1", run, f"models:/{logged.model_id}")
    deeper, other, _ = tree(3, registered_model_name=name)
    second = client.get_model_version(name, "2")
    assert second.run_id == other
    client.set_registered_model_alias(name, "champion", "1")
    for address in (f"models:/{name}/1", f"models:/{name}@champion"):
        assert same(fitted, address)
    for address in (f"models:/{name}/2", f"models:/{name}/latest", f"models:/{name}@latest"):
        assert same(deeper, address)
    assert mlflow.pyfunc.load_model(f"models:/{name}/1").metadata.run_id == run
    assert client.get_model_version_download_uri(name, "1") == client.get_logged_model(logged.model_id).artifact_location
    assert name in client.get_logged_model(logged.model_id).tags["mlflow.modelVersions"]


def test_a_model_of_a_run_is_registered(client, tree, name):
    fitted, run, logged = tree()
    made = mlflow.register_model(f"runs:/{run}/tree", name)
    assert made.run_id == run and same(fitted, f"models:/{name}/1")


@pytest.mark.differs("the source is not followed there, so the version cannot be loaded")
def test_a_path_of_a_run_may_mean_its_logged_model(client, tree, name):
    fitted, run, logged = tree()
    client.create_registered_model(name)
    older = client.create_model_version(name, f"runs:/{run}/tree", run)
    assert older.source == f"runs:/{run}/tree" and same(fitted, f"models:/{name}/1")


def test_a_version_is_copied(client, wire, tree, name, fresh):
    fitted, run, logged = tree()
    mlflow.register_model(logged.model_uri, name)
    client.set_registered_model_alias(name, "champion", "1")
    to = fresh("copy")
    copy = client.copy_model_version(f"models:/{name}/1", to)
    assert (copy.name, copy.version, copy.run_id, copy.source) == (to, "1", run, f"models:/{name}/1")
    again = client.copy_model_version(f"models:/{name}@champion", to)
    assert again.version == "2"
    client.delete_registered_model(name)
    assert same(fitted, f"models:/{to}/1") and same(fitted, f"models:/{to}/2")
    wire.refused(MISSING, "POST", "model-versions/create", name=to, source=f"models:/{name}/1")
    wire.refused(MISSING, "POST", "model-versions/create", name=to, source=f"models:/{to}/9")
    wire.refused(INVALID, "POST", "model-versions/create", name=to, source=f"models:/{to}/1", run_id="another")


def test_sources_must_be_what_the_version_names(wire, client, model, tree, new_run, run):
    _, mine, logged = tree()
    root = client.get_run(mine).info.artifact_uri
    kept = client.get_logged_model(logged.model_id).artifact_location
    client.log_text(mine, "x", "model/MLmodel")
    create = {"name": model.name}
    for good in (
        {"source": f"{root}/model", "run_id": mine}, {"source": root, "run_id": mine},
        {"source": f"models:/{logged.model_id}", "model_id": logged.model_id}, {"source": kept, "model_id": logged.model_id},
        {"source": f"runs:/{mine}/model", "run_id": mine}, {"source": "gs://bucket/x", "run_id": "elsewhere"},
    ):
        assert wire.post("model-versions/create", **create, **good)["model_version"]["status"] == "READY"
    for wrong in (
        {"source": f"{root}/model"}, {"source": f"{root}/model", "run_id": run}, {"source": f"{root}-2/model", "run_id": mine},
        {"source": f"{root}/../secret", "run_id": mine}, {"source": f"{root}/%2e%2e/secret", "run_id": mine},
        {"source": f"models:/{logged.model_id}"}, {"source": f"models:/{logged.model_id}", "model_id": "m-" + "0" * 32},
        {"source": kept, "run_id": mine}, {"source": f"runs:/{mine}/model"}, {"source": f"runs:/{mine}/model", "run_id": run},
        {"source": "/etc/passwd"}, {"source": "file:///etc/passwd", "run_id": mine}, {"source": "http://host/model"},
        {"source": "ftp://host/model"}, {"source": "mlflow-artifacts://host:1/1/artifacts", "run_id": mine},
        {"source": "s3://bucket/../x"}, {"source": "models://host/m-1"}, {"source": f"runs://host/{mine}/model", "run_id": mine},
    ):
        wire.refused(INVALID, "POST", "model-versions/create", **create, **wrong)


@pytest.mark.differs("there are no projects there")
def test_projects_do_not_see_each_other(slipway, client, model, version, uri):
    version()
    other = slipway.new_project()
    elsewhere = Wire(slipway.tracking_uri(other), slipway.token(ADMIN))
    assert elsewhere.get("registered-models/search") == {} and elsewhere.get("model-versions/search") == {}
    elsewhere.refused(MISSING, "GET", "registered-models/get", name=model.name)
    elsewhere.post("registered-models/create", name=model.name)
    there = elsewhere.post("model-versions/create", name=model.name, source=S3)
    assert there["model_version"]["version"] == "1"
    elsewhere.ok("DELETE", "registered-models/delete", {"name": model.name})
    assert client.get_registered_model(model.name).latest_versions[0].version == "1"


@pytest.mark.differs("there are no projects there")
def test_without_a_project_a_name_must_be_clear(slipway, wire, model, fresh):
    nowhere = Wire(slipway.url, slipway.token(ADMIN))
    assert nowhere.get("registered-models/get", name=model.name)["registered_model"]["name"] == model.name
    other = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    other.post("registered-models/create", name=model.name)
    assert "/p/" in nowhere.refused(INVALID, "GET", "registered-models/get", name=model.name)
    assert "/p/" in nowhere.refused(INVALID, "POST", "registered-models/create", name=fresh())


@pytest.mark.differs("there are no projects there")
def test_sources_do_not_reach_into_another_project(slipway, wire, client, tree, fresh):
    _, run, logged = tree()
    other = Wire(slipway.tracking_uri(slipway.new_project()), slipway.token(ADMIN))
    name = fresh()
    other.post("registered-models/create", name=name)
    root = client.get_run(run).info.artifact_uri
    for wrong in (
        {"source": f"{root}/x", "run_id": run}, {"source": f"models:/{logged.model_id}", "model_id": logged.model_id},
        {"source": f"runs:/{run}/tree", "run_id": run},
    ):
        other.refused(INVALID, "POST", "model-versions/create", name=name, **wrong)


@pytest.mark.differs("there are no members there")
def test_who_only_looks_changes_nothing(slipway, join, key, model, version, wire):
    version()
    join("Mara", role="viewer")
    mara = Wire(slipway.tracking_uri(key), slipway.token("mara@slipway.test"))
    assert mara.get("registered-models/get", name=model.name)["registered_model"]["name"] == model.name
    about = {"name": model.name, "version": "1"}
    for method, route, body in (
        ("POST", "registered-models/create", {"name": "x"}), ("PATCH", "registered-models/update", about),
        ("POST", "registered-models/rename", about | {"new_name": "x"}), ("DELETE", "registered-models/delete", about),
        ("POST", "registered-models/set-tag", about | {"key": "a"}), ("DELETE", "registered-models/delete-tag", about | {"key": "a"}),
        ("POST", "registered-models/alias", about | {"alias": "a"}), ("DELETE", "registered-models/alias", about | {"alias": "a"}),
        ("POST", "model-versions/create", about | {"source": S3}), ("PATCH", "model-versions/update", about),
        ("DELETE", "model-versions/delete", about), ("POST", "model-versions/transition-stage", about | {"stage": "Staging"}),
        ("POST", "model-versions/set-tag", about | {"key": "a"}), ("DELETE", "model-versions/delete-tag", about | {"key": "a"}),
    ):
        mara.refused("PERMISSION_DENIED", method, route, **body)


def test_the_other_prefix(wire, model):
    answer = wire.call("GET", "registered-models/get", {"name": model.name}, base="/ajax-api/2.0/mlflow/")
    assert answer.json()["registered_model"]["name"] == model.name


def test_unknown_names_in_the_client(client):
    with pytest.raises(MlflowException) as refusal:
        mlflow.sklearn.load_model("models:/nothing/1")
    assert refusal.value.error_code == MISSING
    assert MlflowClient().search_registered_models("name = 'nothing'") == []
