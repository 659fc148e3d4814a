"""Real training on the data sets that scikit-learn ships: autologging, models logged, loaded and asked again."""

import mlflow
import numpy
import pandas
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


# Otherwise the client starts a process to find out which packages the model needs.
quick = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle"}


@pytest.fixture
def notebook(client, fresh):
    yield mlflow.set_experiment(fresh("training"))
    mlflow.sklearn.autolog(disable=True)


def wine():
    data = load_wine(as_frame=True)
    return train_test_split(data.data, data.target, stratify=data.target, random_state=0)


def test_a_logistic_regression_logs_itself(client, notebook):
    mlflow.sklearn.autolog(silent=True)
    x_train, x_test, y_train, y_test = wine()
    with mlflow.start_run() as run:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(x_train, y_train)
        accuracy = model.score(x_test, y_test)
    read = client.get_run(run.info.run_id)
    assert read.data.params["logisticregression__C"] == "0.5"
    assert read.data.metrics["training_accuracy_score"] > 0.95
    assert accuracy in read.data.metrics.values()
    assert read.data.tags["estimator_name"] == "Pipeline"
    assert {i.dataset.name for i in read.inputs.dataset_inputs} == {"dataset"}
    (output,) = read.outputs.model_outputs
    logged = client.get_logged_model(output.model_id)
    assert logged.status.value == "READY" and logged.source_run_id == run.info.run_id
    assert {metric.key for metric in logged.metrics} >= {"training_accuracy_score", "training_f1_score"}
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"estimator.html", "training_confusion_matrix.png"} <= files

    loaded = mlflow.sklearn.load_model(f"models:/{output.model_id}")
    assert numpy.array_equal(loaded.predict_proba(x_test), model.predict_proba(x_test))


def test_a_forest_logs_itself_without_being_asked_for_a_run(client, notebook):
    mlflow.sklearn.autolog(silent=True)
    data = load_diabetes()
    RandomForestRegressor(n_estimators=20, max_depth=4, random_state=0).fit(data.data, data.target)
    (run,) = client.search_runs([notebook.experiment_id], "params.n_estimators = '20' AND metrics.training_r2_score > 0.3")
    assert run.info.status == "FINISHED"
    assert run.data.tags["estimator_class"] == "sklearn.ensemble._forest.RandomForestRegressor"


def test_a_grid_search_logs_a_run_for_each_candidate(client, notebook):
    mlflow.sklearn.autolog(silent=True, max_tuning_runs=4, log_models=False)
    x, y = load_breast_cancer(return_X_y=True)
    grid = {"logisticregression__C": [0.01, 0.1, 1, 10]}
    with mlflow.start_run() as parent:
        GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), grid, cv=3).fit(x, y)
    children = client.search_runs([notebook.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
                                  order_by=["metrics.mean_test_score DESC"])
    assert len(children) == 4
    best = client.get_run(parent.info.run_id).data
    assert best.metrics["best_cv_score"] == children[0].data.metrics["mean_test_score"]
    assert best.params["best_logisticregression__C"] in {child.data.params["logisticregression__C"] for child in children}
    assert "cv_results.csv" in {file.path for file in client.list_artifacts(parent.info.run_id)}


def test_a_model_is_logged_and_loaded_both_ways(client, notebook, tmp_path):
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, _ = train_test_split(x, y, random_state=0)
    forest = RandomForestClassifier(n_estimators=30, random_state=0).fit(x_train, y_train)
    with mlflow.start_run() as run:
        mlflow.log_metric("before", 0.5)
        logged = mlflow.sklearn.log_model(forest, name="reader", input_example=x_train[:3], **quick)
    wanted = forest.predict(x_test)
    for address in (f"runs:/{run.info.run_id}/reader", f"models:/{logged.model_id}", logged.model_uri):
        assert numpy.array_equal(mlflow.sklearn.load_model(address).predict(x_test), wanted)
        assert numpy.array_equal(mlflow.pyfunc.load_model(address).predict(x_test), wanted)
    assert client.get_logged_model(logged.model_id).name == "reader"
    assert [m.key for m in client.get_logged_model(logged.model_id).metrics] == ["before"]
    assert "reader/MLmodel" in {file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="reader")}
    down = mlflow.artifacts.download_artifacts(f"models:/{logged.model_id}", dst_path=str(tmp_path))
    assert (tmp_path / "MLmodel").exists() and str(tmp_path) in down


def test_models_are_found_by_what_they_reached(client, notebook):
    x, y = load_iris(return_X_y=True, as_frame=True)
    data = mlflow.data.from_pandas(pandas.concat([x, y], axis=1), name="iris", targets="target")
    for depth in (1, 2):
        with mlflow.start_run():
            forest = RandomForestClassifier(max_depth=depth, n_estimators=5, random_state=0).fit(x, y)
            logged = mlflow.sklearn.log_model(forest, name=f"depth-{depth}", params={"depth": depth}, **quick)
            mlflow.log_metric("accuracy", forest.score(x, y), model_id=logged.model_id, dataset=data)
    found = mlflow.search_logged_models([notebook.experiment_id], filter_string="metrics.accuracy > 0.5",
                                        order_by=[{"field_name": "metrics.accuracy", "ascending": False}], output_format="list")
    assert [model.name for model in found] == ["depth-2", "depth-1"]
    assert mlflow.last_logged_model().name == "depth-2"
    (metric,) = found[0].metrics
    assert (metric.dataset_name, metric.dataset_digest) == ("iris", data.digest)


def test_evaluation_of_a_model(client, notebook):
    x_train, x_test, y_train, y_test = wine()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x_train, y_train)
    frame = x_test.assign(target=y_test, predicted=model.predict(x_test))
    with mlflow.start_run() as run:
        mlflow.models.evaluate(data=frame, targets="target", predictions="predicted", model_type="classifier",
                               evaluator_config={"log_explainer": False})
    metrics = client.get_run(run.info.run_id).data.metrics
    assert metrics["accuracy_score"] == model.score(x_test, y_test)


def test_boosted_trees_of_xgboost_log_themselves(client, notebook):
    import xgboost

    mlflow.xgboost.autolog(silent=True)
    x_train, x_test, y_train, y_test = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
    train, test = xgboost.DMatrix(x_train, label=y_train), xgboost.DMatrix(x_test, label=y_test)
    with mlflow.start_run() as run:
        booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "eval_metric": "logloss"}, train, 12,
                                evals=[(test, "test")], verbose_eval=False)
    mlflow.xgboost.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert read.data.params["max_depth"] == "3" and read.data.params["num_boost_round"] == "12"
    history = client.get_metric_history(run.info.run_id, "test-logloss")
    assert [point.step for point in history] == list(range(12)) and history[-1].value < history[0].value
    (output,) = read.outputs.model_outputs
    loaded = mlflow.xgboost.load_model(f"models:/{output.model_id}")
    assert numpy.allclose(loaded.predict(test), booster.predict(test))


def test_boosted_trees_of_lightgbm_log_themselves(client, notebook):
    import lightgbm

    mlflow.lightgbm.autolog(silent=True)
    x_train, x_test, y_train, y_test = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
    train = lightgbm.Dataset(x_train, y_train)
    with mlflow.start_run() as run:
        booster = lightgbm.train({"objective": "regression", "num_leaves": 7, "verbose": -1, "num_threads": 1}, train, 15,
                                 valid_sets=[lightgbm.Dataset(x_test, y_test, reference=train)], valid_names=["test"])
    mlflow.lightgbm.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert read.data.params["num_leaves"] == "7"
    assert len(client.get_metric_history(run.info.run_id, "test-l2")) == 15
    assert {"feature_importance_gain.json", "feature_importance_split.png"} <= {file.path for file in client.list_artifacts(run.info.run_id)}
    (output,) = read.outputs.model_outputs
    loaded = mlflow.lightgbm.load_model(f"models:/{output.model_id}")
    assert numpy.allclose(loaded.predict(x_test), booster.predict(x_test))
