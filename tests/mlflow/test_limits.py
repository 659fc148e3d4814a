"""How long names and values may be, and of what they are made."""

import pytest

from wire import INVALID


def read(wire, run):
    data = wire.get("runs/get", run_id=run)["run"]["data"]
    return {kind: {item["key"]: item["value"] for item in data.get(kind, [])} for kind in ("metrics", "params", "tags")}


GOOD_KEYS = ["a", " ", "a b", "a/b/c", "a.b", "a-b_c:d", "ünï/ж/日本", "k" * 250, "9", "a..b", "ª"]
BAD_KEYS = ["", "k" * 251, "/a", "a/", "a//b", "../a", "a/../b", "./a", "a/.", "..", ".", "a\tb", "a\nb", "a,b", "a;b", "a?b", "a#b", "a%b",
            "a=b", "a'b", 'a"b', "a\\b", "a@b", "a*b", "a(b", "a[b", "😀", "a|b", "a<b", "$a"]
ROUTES = {
    "runs/log-metric": {"value": 1, "timestamp": 1},
    "runs/log-parameter": {"value": "1"},
    "runs/set-tag": {"value": "1"},
}


@pytest.mark.parametrize("route", ROUTES)
def test_keys(wire, run, route):
    for key in GOOD_KEYS:
        wire.post(route, run_id=run, key=key, **ROUTES[route])
    for key in BAD_KEYS:
        wire.refused(INVALID, "POST", route, run_id=run, key=key, **ROUTES[route])
    kind = {"runs/log-metric": "metrics", "runs/log-parameter": "params", "runs/set-tag": "tags"}[route]
    assert set(read(wire, run)[kind]) - {"mlflow.runName"} == set(GOOD_KEYS)


def test_keys_of_experiment_tags(wire, experiment):
    for key in GOOD_KEYS:
        wire.post("experiments/set-experiment-tag", experiment_id=experiment, key=key, value="1")
    for key in BAD_KEYS:
        wire.refused(INVALID, "POST", "experiments/set-experiment-tag", experiment_id=experiment, key=key, value="1")


def test_values_are_cut_or_refused(wire, run, experiment):
    wire.post("runs/log-parameter", run_id=run, key="p", value="✓" * 6001)
    wire.post("runs/set-tag", run_id=run, key="t", value="✓" * 8001)
    data = read(wire, run)
    assert data["params"]["p"] == "✓" * 6000
    assert data["tags"]["t"] == "✓" * 8000
    wire.post("experiments/set-experiment-tag", experiment_id=experiment, key="t", value="x" * 20_000)
    wire.refused(INVALID, "POST", "experiments/set-experiment-tag", experiment_id=experiment, key="t", value="x" * 20_001)


def test_names_of_experiments(wire, fresh):
    name = fresh("n").ljust(500, "n")
    assert wire.post("experiments/create", name=name)
    wire.refused(INVALID, "POST", "experiments/create", name=name + "n")
    wire.refused(INVALID, "POST", "experiments/create", name="")
    wire.refused(INVALID, "POST", "experiments/create")


@pytest.mark.differs("kept whole there")
def test_ten_megabytes_of_a_name(wire, run, experiment):
    huge = "x" * 10_000_000
    for route, body in [("experiments/create", {"name": huge}), ("runs/create", {"experiment_id": experiment, "run_name": huge}),
                        ("runs/update", {"run_id": run, "run_name": huge}), ("runs/set-tag", {"run_id": run, "key": huge, "value": ""}),
                        ("runs/log-metric", {"run_id": run, "key": huge, "value": 1, "timestamp": 1})]:
        answer = wire.call("POST", route, body)
        assert answer.status_code in (400, 413)
        assert answer.json()["error_code"] and len(answer.text) < 2000


def test_ten_megabytes_of_a_run_id(wire):
    answer = wire.call("POST", "runs/set-tag", {"run_id": "x" * 10_000_000, "key": "k", "value": "v"})
    assert answer.status_code in (400, 404, 413) and len(answer.text) < 20_000_000


def test_values_that_are_all_kept(wire, run):
    values = {"quotes": "'\"`", "lines": "a\r\nb\n", "emoji": "😀👩‍👩‍👧", "right to left": "שלום", "percent": "%s%d%n",
              "sql": "'; DROP TABLE run; --", "html": "<script>alert(1)</script>", "blank": "  "}
    for key, value in values.items():
        wire.post("runs/set-tag", run_id=run, key=key, value=value)
        wire.post("runs/log-parameter", run_id=run, key=key, value=value)
    data = read(wire, run)
    assert data["params"] == values
    assert {key: data["tags"][key] for key in values} == values
