"""Mistakes come back as the client expects them: JSON with a code it knows, and never a 5xx, which it would retry for minutes."""

import pytest
from mlflow.exceptions import RestException

from wire import INVALID, MISSING, expect

API = "/api/2.0/mlflow/"
JSON = {"Content-Type": "application/json"}


def test_the_client_raises_what_the_server_says(client):
    with pytest.raises(RestException) as refusal:
        client.get_experiment("987654321")
    assert refusal.value.error_code == MISSING
    assert str(refusal.value).startswith("RESOURCE_DOES_NOT_EXIST: ")
    assert refusal.value.get_http_status_code() == 404


@pytest.mark.parametrize("route", ["runs/nothing", "nothing/at/all", "runs"])
def test_unknown_routes(wire, route):
    for base in ("/api/2.0/mlflow/", "/api/3.0/mlflow/", "/ajax-api/2.0/mlflow/"):
        answer = wire.call("POST", route, base=base)
        assert answer.status_code in (404, 405)


@pytest.mark.differs("an HTML page there")
def test_unknown_routes_have_the_code_on_which_the_client_falls_back(wire):
    for method in ("GET", "POST"):
        expect(wire.call(method, "nothing/at/all", base="/api/3.0/mlflow/"), "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("method, route", [("GET", "runs/create"), ("PUT", "runs/create"), ("DELETE", "experiments/create"), ("POST", "runs/get")])
def test_the_wrong_method(wire, method, route):
    assert wire.call(method, route).status_code == 405


def test_the_same_routes_for_pages(wire, run):
    for base in ("/ajax-api/2.0/mlflow/", "/api/2.0/mlflow/"):
        assert wire.ok("GET", "runs/get", {"run_id": run}, base=base)["run"]["info"]["run_id"] == run


BODIES = [b"", b"{", b"[]", b"5", b"null", b'"text"', b"{'a': 1}", b'{"run_id": }', b"\xff\xfe", b"\x00" * 100, b"[" * 50_000,
          b'{"a":' * 50_000, b'{"run_id": "x", "run_id": "y"', "{}".encode("utf-16")]


@pytest.mark.differs("a 500 or an empty body there")
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("route", ["runs/create", "runs/log-batch", "experiments/create", "runs/log-metric"])
def test_bodies_that_are_no_object(wire, route, body):
    answer = wire.send("POST", API + route, data=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error_code"] in (INVALID, "BAD_REQUEST")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"])
def test_bodies_of_another_type(wire, run, kind):
    body = '{"run_id": "%s", "key": "k", "value": "v"}' % run
    expect(wire.send("POST", API + "runs/set-tag", data=body, headers={"Content-Type": kind}), INVALID)
    answer = wire.send("POST", API + "runs/set-tag", data=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 200


def test_names_in_camel_case_and_unknown_fields(wire, fresh):
    made = wire.post("experiments/create", name=fresh(), tags=[], nobodyKnows={"deep": [1]})["experiment_id"]
    run = wire.post("runs/create", experimentId=made, startTime=12, runName="camel")["run"]["info"]
    assert (run["run_name"], run["start_time"], run["experiment_id"]) == ("camel", 12, made)
    wire.refused(INVALID, "POST", "runs/create", experimentId=made, experiment_id=made)


@pytest.mark.differs("unreadable fields are dropped there")
@pytest.mark.parametrize("route, body", [
    ("runs/set-tag", {"key": "k", "value": 5}), ("runs/set-tag", {"key": 5, "value": "v"}), ("runs/set-tag", {"key": ["k"], "value": "v"}),
    ("runs/log-parameter", {"key": "k", "value": {"a": 1}}), ("runs/log-parameter", {"key": "k", "value": True}),
    ("runs/update", {"status": [1]}), ("runs/update", {"end_time": "later"}), ("runs/update", {"run_name": 5}),
    ("runs/log-batch", {"params": {"a": "b"}}), ("runs/log-batch", {"tags": ["a"]}),
])
def test_the_wrong_types(wire, run, route, body):
    before = wire.get("runs/get", run_id=run)
    wire.refused(INVALID, "POST", route, run_id=run, **body)
    assert wire.get("runs/get", run_id=run) == before


@pytest.mark.parametrize("route, body", [("runs/set-tag", {"key": "k", "value": "v"}), ("runs/log-metric", {"key": "k", "value": 1, "timestamp": 1})])
def test_run_ids_of_other_types(wire, route, body):
    for wrong in (5, None, "", ["a"], {"a": 1}, True):
        answer = wire.call("POST", route, {"run_id": wrong} | body)
        assert answer.status_code in (400, 404) and answer.json()["error_code"] in (INVALID, MISSING)


def test_null_is_absent(wire, experiment):
    run = wire.post("runs/create", experiment_id=experiment, run_name=None, tags=None, start_time=None, user_id=None)["run"]
    assert run["info"]["run_name"] and run["info"]["start_time"] == 0


@pytest.mark.differs("text of the database, or accepted, there")
@pytest.mark.parametrize("text", ["a\x00b", "\ud800"], ids=["nul", "half a surrogate pair"])
def test_text_that_no_store_keeps(wire, run, experiment, text):
    for route, body in [("runs/set-tag", {"key": "k", "value": text}), ("runs/log-parameter", {"key": "k", "value": text}),
                        ("runs/log-metric", {"key": text, "value": 1, "timestamp": 1}), ("runs/update", {"run_name": text})]:
        assert wire.call("POST", route, {"run_id": run} | body).status_code == 400
    assert wire.call("POST", "experiments/create", {"name": text}).status_code == 400
    assert wire.call("POST", "runs/search", {"experiment_ids": [experiment], "filter": f"tags.a = '{text}'"}).status_code in (200, 400)


@pytest.mark.differs("accepted there")
def test_a_key_given_twice_in_one_object(wire, run):
    body = '{"run_id": "%s", "key": "k", "value": "one", "value": "two"}' % run
    answer = wire.send("POST", API + "runs/set-tag", data=body, headers=JSON)
    assert answer.status_code == 400


def test_booleans_in_a_query(wire):
    answer = wire.call("GET", "logged-models/m-" + "0" * 32, {"allow_deleted": "perhaps"})
    assert answer.status_code in (400, 404)


def test_a_get_may_carry_its_fields_in_a_body(wire, run, experiment):
    answer = wire.send("GET", API + "runs/get", json={"run_id": run})
    assert answer.json()["run"]["info"]["run_id"] == run
    answer = wire.send("GET", API + "experiments/get", json={"experiment_id": experiment})
    assert answer.json()["experiment"]["experiment_id"] == experiment


def test_numbers_as_clients_read_them(wire, run):
    """64-bit integers are numbers in answers, and may be numbers, text or whole fractions in requests."""
    wire.post("runs/log-metric", run_id=run, key="m", value=1, timestamp=1_700_000_000_000.0, step="7")
    (point,) = wire.get("metrics/get-history", run_id=run, metric_key="m")["metrics"]
    assert (point["timestamp"], point["step"]) == (1_700_000_000_000, 7)
    assert type(point["timestamp"]) is int and type(point["step"]) is int
