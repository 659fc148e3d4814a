"""Metric points: what is one point, which is the latest, and the numbers that are none."""

import math
import random

import mlflow
import pytest

from wire import INVALID, MISSING

LARGEST = 1.7976931348623157e308


def history(wire, run, key="m"):
    points = wire.get("metrics/get-history", run_id=run, metric_key=key).get("metrics", [])
    return [(point["timestamp"], point["step"], point["value"]) for point in points]


def latest(wire, run):
    return {m["key"]: m["value"] for m in wire.get("runs/get", run_id=run)["run"]["data"].get("metrics", [])}


def log(wire, run, value, timestamp=1, step=0, key="m"):
    wire.post("runs/log-metric", run_id=run, key=key, value=value, timestamp=timestamp, step=step)


def test_a_series_is_read_back_in_order_of_time(client, run):
    for timestamp, step, value in [(30, 2, 0.3), (10, 0, 0.1), (20, 1, 0.2)]:
        client.log_metric(run, "loss", value, timestamp=timestamp, step=step)
    points = client.get_metric_history(run, "loss")
    assert [(p.timestamp, p.step, p.value) for p in points] == [(10, 0, 0.1), (20, 1, 0.2), (30, 2, 0.3)]
    assert client.get_run(run).data.metrics == {"loss": 0.3}


def test_history_is_ordered_by_time_then_step_then_value(wire, run):
    wanted = [(1, -5, 2.0), (1, 0, 1.0), (1, 0, 3.0), (1, 7, 0.0), (2, -9, 9.0), (2, 0, 0.5)]
    shuffled = random.Random(3).sample(wanted, len(wanted))
    for timestamp, step, value in shuffled:
        log(wire, run, value, timestamp, step)
    assert history(wire, run) == wanted


@pytest.mark.parametrize("points, wanted", [
    ([(1, 5, 0.1), (9, 4, 0.9)], 0.1),  # the greater step wins over the later time
    ([(5, 1, 0.1), (4, 1, 0.9)], 0.1),  # then the later time
    ([(5, 1, 0.1), (5, 1, 0.9)], 0.9),  # then the greater value
    ([(5, -3, 0.1), (5, -4, 0.9)], 0.1),
    ([(5, 0, "NaN"), (5, 0, 0.5)], 0.5),
    ([(5, 0, -0.5), (5, 0, "NaN")], "NaN"),  # NaN counts as 0
    ([(5, 0, "NaN"), (6, 0, -1.0)], -1.0),
    pytest.param([(5, 0, "-Infinity"), (5, 0, "NaN"), (5, 0, "Infinity")], "Infinity", marks=pytest.mark.differs("the largest double there")),
])
def test_the_latest_value_does_not_depend_on_the_order_of_arrival(wire, new_run, points, wanted):
    for order in (points, points[::-1]):
        run = new_run()
        for timestamp, step, value in order:
            log(wire, run, value, timestamp, step)
        assert latest(wire, run) == {"m": wanted}


def test_in_a_batch_the_same_rule_holds(wire, run):
    points = [{"key": "m", "value": v, "timestamp": t, "step": s} for t, s, v in [(9, 4, 0.9), (1, 5, 0.1), (3, 5, 0.2)]]
    wire.post("runs/log-batch", run_id=run, metrics=points)
    assert latest(wire, run) == {"m": 0.2}


def test_a_repeated_point_is_stored_once(wire, run):
    for _ in range(3):
        log(wire, run, 0.25, 7, 2)
        log(wire, run, "NaN", 7, 2)
    wire.post("runs/log-batch", run_id=run, metrics=[{"key": "m", "value": 0.25, "timestamp": 7, "step": 2}] * 5)
    values = [value for _, _, value in history(wire, run)]
    assert sorted(values, key=str) == [0.25, "NaN"]


def test_numbers_that_are_none(client, wire, run):
    client.log_metric(run, "nan", math.nan)
    client.log_metric(run, "zero", -0.0)
    assert latest(wire, run) == {"nan": "NaN", "zero": 0.0}
    metrics = client.get_run(run).data.metrics
    assert math.isnan(metrics["nan"])
    assert math.copysign(1, metrics["zero"]) == 1
    assert math.isnan(client.get_metric_history(run, "nan")[0].value)


INFINITE = {"up": math.inf, "down": -math.inf, "large": LARGEST, "low": -LARGEST}


@pytest.mark.differs("the largest doubles there")
def test_infinities_come_back_as_they_went_in(client, wire, experiment, run):
    model = client.create_logged_model(experiment, name="net")
    for key, value in INFINITE.items():
        client.log_metric(run, key, value, timestamp=7, step=3, model_id=model.model_id)
    assert latest(wire, run) == INFINITE | {"up": "Infinity", "down": "-Infinity"}
    assert client.get_run(run).data.metrics == INFINITE
    assert {key: client.get_metric_history(run, key)[0].value for key in INFINITE} == INFINITE
    assert client.search_runs([experiment])[0].data.metrics == INFINITE
    frame = mlflow.search_runs([experiment])
    assert {key: frame[f"metrics.{key}"][0] for key in INFINITE} == INFINITE
    assert {metric.key: metric.value for metric in client.get_logged_model(model.model_id).metrics} == INFINITE
    (found,) = client.search_logged_models([experiment])
    assert {metric.key: metric.value for metric in found.metrics} == INFINITE
    sampled = wire.get("metrics/get-history-bulk-interval", run_ids=run, metric_key="down", max_results=10)
    assert [point["value"] for point in sampled["metrics"]] == ["-Infinity"]


def test_infinities_in_searches(client, new_run, experiment):
    for name, loss in {"best": "-Infinity", "middle": 0.5, "worst": "Infinity", "broken": "NaN"}.items():
        client.set_terminated(new_run({"loss": loss}, run_name=name))
    new_run({}, run_name="none")

    def found(filter="", order="metrics.loss"):
        return [run.info.run_name for run in client.search_runs([experiment], filter, order_by=[order])]

    assert found() == ["best", "middle", "worst", "broken", "none"]
    assert found(order="metrics.loss DESC") == ["worst", "middle", "best", "broken", "none"]
    assert found("metrics.loss > 1e300") == ["worst"] and found("metrics.loss < -1e300") == ["best"]
    assert found("metrics.loss <= 0.5") == ["best", "middle"] and found("metrics.loss >= 0.5") == ["middle", "worst"]
    assert found(f"metrics.loss = {LARGEST}") == found(f"metrics.loss >= {LARGEST}") == ["worst"]


def test_extreme_numbers_survive(wire, run):
    values = {"tiny": 5e-324, "small": 2.2250738585072014e-308, "large": LARGEST, "third": 1 / 3, "long": 123456789.123456789,
              "whole": 9007199254740993, "negative": -1e-17}
    for key, value in values.items():
        log(wire, run, value, key=key)
    assert latest(wire, run) == {key: float(value) for key, value in values.items()}


def test_numbers_may_come_as_text(wire, run):
    log(wire, run, "0.5", key="text")
    wire.post("runs/log-metric", run_id=run, key="times", value=1, timestamp="1700000000000", step="12")
    assert latest(wire, run) == {"text": 0.5, "times": 1.0}
    assert history(wire, run, "times") == [(1_700_000_000_000, 12, 1.0)]


def test_steps_and_times_at_their_limits(wire, run):
    log(wire, run, 1, timestamp=0, step=-(2**63))
    log(wire, run, 2, timestamp=2**62, step=2**63 - 1)
    assert history(wire, run) == [(0, -(2**63), 1.0), (2**62, 2**63 - 1, 2.0)]
    assert latest(wire, run) == {"m": 2.0}


@pytest.mark.parametrize("wrong", [
    {"timestamp": -1}, {"timestamp": None}, {"value": None}, {"key": None}, {"key": ""}, {"value": "much"},
    {"step": "first"}, {"timestamp": "now"},
])
def test_what_is_no_point(wire, run, wrong):
    wire.refused(INVALID, "POST", "runs/log-metric", **{"run_id": run, "key": "m", "value": 1, "timestamp": 1} | wrong)
    assert history(wire, run) == []


@pytest.mark.differs("accepted or a 500 there")
@pytest.mark.parametrize("wrong", [
    {"value": True}, {"value": [1]}, {"value": {}}, {"step": 0.5}, {"step": 2**63}, {"timestamp": 2**63},
])
def test_what_is_no_point_either(wire, run, wrong):
    wire.refused(INVALID, "POST", "runs/log-metric", **{"run_id": run, "key": "m", "value": 1, "timestamp": 1} | wrong)


@pytest.mark.differs("accepted there")
@pytest.mark.parametrize("value", ["NaN", "1e999", "-1e999", "Infinity"])
def test_bare_words_that_are_no_json(wire, run, value):
    body = f'{{"run_id": "{run}", "key": "m", "timestamp": 1, "value": {value}}}'
    answer = wire.send("POST", "/api/2.0/mlflow/runs/log-metric", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error_code"] in (INVALID, "BAD_REQUEST")
    assert history(wire, run) == []


def test_history_of_what_is_not_there(wire, run):
    assert wire.get("metrics/get-history", run_id=run, metric_key="nothing") == {}
    assert wire.get("metrics/get-history", run_id="0" * 32, metric_key="m") == {}
    wire.refused(INVALID, "GET", "metrics/get-history", run_id=run)
    for count in (0, -1):
        wire.refused(INVALID, "GET", "metrics/get-history", run_id=run, metric_key="m", max_results=count)
    wire.refused((INVALID, MISSING), "GET", "metrics/get-history", run_id=run, metric_key="m", page_token="???")


def test_history_comes_in_pages(wire, run):
    points = [{"key": "m", "value": n / 8, "timestamp": n, "step": n} for n in range(95)]
    wire.post("runs/log-batch", run_id=run, metrics=points)
    seen, token = [], None
    for count in (40, 40, 15):
        page = wire.get("metrics/get-history", run_id=run, metric_key="m", max_results=40, page_token=token)
        assert len(page["metrics"]) == count
        seen += [point["step"] for point in page["metrics"]]
        token = page.get("next_page_token")
    assert seen == list(range(95)) and not token


def test_a_long_curve_through_the_client(client, run):
    for step in range(60):
        client.log_metric(run, "curve", 1 / (step + 1), timestamp=1_700_000_000_000 + step, step=step)
    points = client.get_metric_history(run, "curve")
    assert [point.value for point in points] == [1 / (step + 1) for step in range(60)]
