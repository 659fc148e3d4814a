"""Evaluation datasets, and an evaluation that uses one."""

import json

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.genai import datasets, scorer

from wire import INVALID, MISSING, Wire, expect

V3 = "/api/3.0/mlflow/"


@pytest.fixture
def app(client, fresh):
    mlflow.set_experiment(fresh())
    return mlflow.tracking.fluent._get_experiment_id()


@pytest.fixture
def dataset(app, fresh):
    return datasets.create_dataset(name=fresh("golden set"), experiment_id=app, tags={"team": "growth", "n": 1})


def kept(dataset):
    """As the client's plain interface sees it: with its records."""
    return mlflow.MlflowClient().get_dataset(dataset.dataset_id)


def records(dataset):
    return {json.dumps(record.inputs, sort_keys=True): record for record in kept(dataset).records}


def test_a_dataset_is_made_and_found_again(app, dataset):
    assert dataset.dataset_id.startswith("d-") and dataset.experiment_ids == [app]
    found = datasets.get_dataset(dataset_id=dataset.dataset_id)
    assert found.name == dataset.name and found.tags["team"] == "growth" and found.tags["mlflow.user"]
    assert found.experiment_ids == [app] and found.digest == dataset.digest and records(dataset) == {}
    assert found.schema is None and found.profile is None


def test_records_merge_by_their_inputs(dataset):
    first = [
        {"inputs": {"question": "why?", "deep": {"a": 1, "b": [1, 2.5]}}, "expectations": {"answer": "because"}, "tags": {"source": "hand"}},
        {"inputs": {"question": "how?"}, "expectations": {"answer": "so", "facts": ["x"]}, "outputs": {"answer": "so"}},
    ]
    dataset.merge_records(first)
    before = datasets.get_dataset(dataset_id=dataset.dataset_id)
    assert json.loads(before.profile) == {"num_records": 2}
    assert json.loads(before.schema)["inputs"] == {"question": "string", "deep": "object"}
    assert json.loads(before.schema)["expectations"] == {"answer": "string", "facts": "array"}
    again = [{"inputs": {"deep": {"b": [1, 2.5], "a": 1}, "question": "why?"}, "expectations": {"tone": "kind"}, "tags": {"checked": "yes"}}]
    dataset.merge_records(again)
    found = records(dataset)
    assert len(found) == 2
    merged = found[json.dumps(first[0]["inputs"], sort_keys=True)]
    assert merged.expectations == {"answer": "because", "tone": "kind"} and merged.tags["source"] == "hand" and merged.tags["checked"] == "yes"
    assert found['{"question": "how?"}'].outputs == {"answer": "so"}
    assert datasets.get_dataset(dataset_id=dataset.dataset_id).digest != before.digest
    frame = datasets.get_dataset(dataset_id=dataset.dataset_id).to_df()
    assert len(frame) == 2 and set(frame["inputs"].map(lambda inputs: inputs["question"])) == {"why?", "how?"}


def test_counts_and_pages(dataset, wire):
    path = f"datasets/{dataset.dataset_id}/records"
    rows = [{"inputs": {"n": number}} for number in range(25)] + [{"inputs": {"n": 0}}]
    assert wire.ok("POST", path, {"records": json.dumps(rows)}, base=V3) == {"inserted_count": 25, "updated_count": 1}
    seen, token = [], None
    while True:
        page = wire.ok("GET", path, {"max_results": 10} | ({"page_token": token} if token else {}), base=V3)
        seen += [record["inputs"]["n"] for record in json.loads(page["records"])]
        token = page.get("next_page_token")
        if not token:
            break
    assert sorted(seen) == list(range(25))
    ids = [record.dataset_record_id for record in kept(dataset).records]
    assert dataset.delete_records(ids[:5] + ["dr-none"]) == 5
    assert json.loads(datasets.get_dataset(dataset_id=dataset.dataset_id).profile) == {"num_records": 20}


@pytest.mark.differs("500")
def test_a_page_that_was_never_given_out(dataset, wire):
    expect(wire.call("GET", f"datasets/{dataset.dataset_id}/records", {"page_token": "nonsense"}, base=V3), INVALID)


def test_traces_become_records(app, dataset):
    @mlflow.trace
    def answer(question):
        return f"about {question}"

    answer("life")
    mlflow.flush_trace_async_logging(terminate=True)
    mlflow.log_expectation(trace_id=mlflow.get_last_active_trace_id(), name="answer", value="42")
    dataset.merge_records(mlflow.search_traces(locations=[app], return_type="list"))
    [record] = kept(dataset).records
    assert record.inputs == {"question": "life"} and record.expectations == {"answer": "42"}
    assert record.source.source_type == "TRACE" and record.source.source_data["trace_id"].startswith("tr-")


@pytest.mark.differs("null leaves a tag")
def test_tags(dataset, wire):
    datasets.set_dataset_tags(dataset_id=dataset.dataset_id, tags={"team": None, "stage": "gold", "n": 2})
    tags = datasets.get_dataset(dataset_id=dataset.dataset_id).tags
    assert tags["stage"] == "gold" and tags["n"] == "2" and "team" not in tags
    datasets.delete_dataset_tag(dataset_id=dataset.dataset_id, key="stage")
    datasets.delete_dataset_tag(dataset_id=dataset.dataset_id, key="stage")
    assert "stage" not in datasets.get_dataset(dataset_id=dataset.dataset_id).tags
    for wrong in ["{", "[]", '"a"', json.dumps({"a,b": "c"}), ""]:
        expect(wire.call("PATCH", f"datasets/{dataset.dataset_id}/tags", {"tags": wrong}, base=V3), INVALID)


def test_search(app, client, fresh):
    mark = fresh("mark")
    made = [datasets.create_dataset(name=f"{mark} {letter}", experiment_id=app, tags={"letter": letter}) for letter in "abc"]
    lone = datasets.create_dataset(name=f"{mark} d", experiment_id=[])

    def names(filter=None, order=None, experiments=None):
        found = datasets.search_datasets(experiment_ids=experiments, filter_string=filter, order_by=order)
        return [dataset.name[-1] for dataset in found if dataset.name.startswith(mark)]

    assert names(experiments=[app], order=["name ASC"]) == ["a", "b", "c"]
    assert names(f"name LIKE '{mark}%'", ["name DESC"]) == ["d", "c", "b", "a"]
    assert names(f"name IN ('{mark} a', '{mark} d')", ["name"]) == ["a", "d"]
    assert names("tags.letter = 'b'") == ["b"] and names("tags.letter != 'b'", ["name"]) == ["a", "c"]
    assert len(names("created_time > 0")) == 4 and names("created_time < 5") == []
    datasets.delete_dataset(dataset_id=lone.dataset_id)
    datasets.delete_dataset(dataset_id=lone.dataset_id)
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        datasets.get_dataset(dataset_id=lone.dataset_id)
    assert "d" not in names()
    page = client.search_datasets(experiment_ids=[app], max_results=2, order_by=["name ASC"])
    assert [found.dataset_id for found in page] == [dataset.dataset_id for dataset in made[:2]] and page.token
    rest = client.search_datasets(experiment_ids=[app], max_results=2, order_by=["name ASC"], page_token=page.token)
    assert [found.dataset_id for found in rest] == [made[2].dataset_id] and not rest.token


@pytest.mark.parametrize("filter", ["nothing = 'a'", "name > 5", "created_time = 'a'", "name NOT IN ('a')", "tags.a IN ('b')", pytest.param("name RLIKE 'a'", marks=pytest.mark.differs("accepted")), "name = 'a' OR name = 'b'"])
def test_filters_that_are_none(wire, filter):
    expect(wire.call("POST", "datasets/search", {"filter_string": filter}, base=V3), INVALID)


def test_experiments_of_a_dataset(app, client, dataset, fresh):
    other = client.create_experiment(fresh())
    changed = datasets.add_dataset_to_experiments(dataset_id=dataset.dataset_id, experiment_ids=[other])
    assert sorted(changed.experiment_ids) == sorted([app, other])
    changed = datasets.remove_dataset_from_experiments(dataset_id=dataset.dataset_id, experiment_ids=[app])
    assert changed.experiment_ids == [other]
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        datasets.add_dataset_to_experiments(dataset_id=dataset.dataset_id, experiment_ids=["999999"])


@pytest.mark.differs("accepted, or 500")
@pytest.mark.parametrize("sent", ["{", "{}", "5", "[5]", '[{"inputs": 5}]', '[{"inputs": {"a": 1}, "tags": []}]', '[{"expectations": {}}]', '[{"inputs": {"a": NaN}}]', ""])
def test_records_that_are_none(dataset, wire, sent):
    path = f"datasets/{dataset.dataset_id}/records"
    expect(wire.call("POST", path, {"records": sent}, base=V3), INVALID)
    assert records(dataset) == {}


@pytest.mark.differs("takes no records as none, and 500 for tags")
def test_what_is_not_there(wire):
    for method, route, body in [("GET", "datasets/d-none", {}), ("PATCH", "datasets/d-none/tags", {"tags": "{}"}), ("POST", "datasets/d-none/records", {"records": "[]"}),
                                ("GET", "datasets/d-none/records", {}), ("DELETE", "datasets/d-none/records", {}), ("GET", "datasets/d-none/experiment-ids", {})]:
        expect(wire.call(method, route, body, base=V3), MISSING)
    expect(wire.call("POST", "datasets/create", {}, base=V3), INVALID)
    expect(wire.call("POST", "datasets/create", {"name": "a", "tags": "{"}, base=V3), INVALID)


def test_an_evaluation(app, dataset, client):
    dataset.merge_records([{"inputs": {"question": question}, "expectations": {"length": len(question)}} for question in ("life", "universe", "everything")])

    @scorer
    def long_enough(outputs, expectations):
        return len(outputs) >= expectations["length"]

    @scorer
    def size(outputs) -> int:
        return len(outputs)

    def answer(question):
        return question[::-1]

    result = mlflow.genai.evaluate(data=dataset, predict_fn=answer, scorers=[long_enough, size])
    assert result.metrics["long_enough/mean"] == 1.0 and result.metrics["size/mean"] == pytest.approx((4 + 8 + 10) / 3)
    mlflow.flush_trace_async_logging(terminate=True)
    run = client.get_run(result.run_id)
    assert run.data.metrics["long_enough/mean"] == 1.0 and run.inputs.dataset_inputs[0].dataset.name == dataset.name
    traces = mlflow.search_traces(run_id=result.run_id, locations=[app], return_type="list")
    assert len(traces) == 3
    for trace in traces:
        said = {assessment.name: assessment for assessment in trace.info.assessments}
        assert said["long_enough"].value is True and said["size"].value == len(trace.data.spans[0].outputs)
        assert said["size"].source.source_type == "CODE" and said["length"].expectation
    assert len(client.search_traces(locations=[app], filter_string="feedback.size > 5")) == 2


@pytest.mark.differs("has no projects")
def test_other_projects_datasets_are_absent(slipway, key, dataset, wire):
    other = slipway.new_project()
    slipway.join(other, "Rita")
    rita = Wire(slipway.tracking_uri(other), slipway.token("rita@slipway.test"))
    expect(rita.call("GET", f"datasets/{dataset.dataset_id}", base=V3), MISSING)
    expect(rita.call("POST", f"datasets/{dataset.dataset_id}/records", {"records": "[]"}, base=V3), MISSING)
    assert rita.ok("DELETE", f"datasets/{dataset.dataset_id}", base=V3) == {}
    assert rita.ok("POST", "datasets/search", {}, base=V3) == {}
    assert wire.ok("GET", f"datasets/{dataset.dataset_id}", base=V3)["dataset"]["name"] == dataset.name
    expect(rita.call("POST", "datasets/create", {"name": "a", "experiment_ids": [dataset.experiment_ids[0]]}, base=V3), MISSING)
    slipway.join(key, "Mara", role="viewer")
    mara = Wire(slipway.tracking_uri(key), slipway.token("mara@slipway.test"))
    assert mara.ok("GET", f"datasets/{dataset.dataset_id}", base=V3)["dataset"]["dataset_id"] == dataset.dataset_id
    for method, route, body in [("DELETE", "", {}), ("POST", "/records", {"records": "[]"}), ("PATCH", "/tags", {"tags": "{}"}), ("DELETE", "/records", {})]:
        expect(mara.call(method, f"datasets/{dataset.dataset_id}{route}", body, base=V3), "PERMISSION_DENIED")
