"""Whole metric histories as tables that analysts read with pandas, compared with what the client reads."""

import io
import math

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric

from slipway import ADMIN

DAY = 1_700_000_000_000
COLUMNS = ["run_id", "run_name", "key", "step", "timestamp", "value"]
LONG = 45_000


@pytest.fixture
def client(slipway, key, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", slipway.token(ADMIN))
    return MlflowClient(slipway.tracking_uri(key))


@pytest.fixture
def logged(client):
    """An experiment with odd values, odd names, a deleted run, and more points than one part of an export holds."""
    experiment = client.create_experiment("exported")
    odd = client.create_run(experiment, run_name='=HYPERLINK("x"), "q"').info.run_id
    for step, value in enumerate([0.1, 1 / 3, -5e-324, 1e308, math.nan, math.inf, -math.inf, -0.0]):
        client.log_metric(odd, "odd/values", value, timestamp=DAY + step, step=step)
    client.log_metric(odd, "-starts oddly", -7, timestamp=DAY, step=-3)
    long = client.create_run(experiment, run_name="long").info.run_id
    points = [Metric("loss", 1 / (step + 1), DAY + step // 2, step) for step in range(LONG)]
    for begin in range(0, LONG, 1000):
        client.log_batch(long, metrics=points[begin : begin + 1000])
    client.create_run(experiment, run_name="empty")
    gone = client.create_run(experiment, run_name="gone").info.run_id
    client.log_metric(gone, "loss", 9)
    client.delete_run(gone)
    return experiment, odd, long, gone


def csv(admin, path):
    answer = admin.send("GET", f"/api/v1/{path}/metrics.csv")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return pd.read_csv(io.BytesIO(answer.content), float_precision="round_trip", dtype={"key": str, "run_name": str})


def parquet(admin, path):
    answer = admin.send("GET", f"/api/v1/{path}/metrics.parquet")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    table = pd.read_parquet(io.BytesIO(answer.content))
    assert pyarrow.parquet.ParquetFile(io.BytesIO(answer.content)).metadata.num_rows == len(table)
    return table


def told(client, run, keys):
    """What the client reads."""
    return {(key, point.step, point.timestamp, plain(point.value)) for key in keys for point in client.get_metric_history(run, key)}


def plain(value):
    return "nan" if math.isnan(value) else value + 0.0


def rows(table, run):
    own = table[table.run_id == run]
    return [(key, step, at, plain(value)) for key, step, at, value in own[["key", "step", "timestamp", "value"]].values.tolist()]


@pytest.mark.parametrize("read", [csv, parquet])
def test_an_export_is_what_the_client_reads(admin, client, logged, read):
    experiment, odd, long, _ = logged
    table = read(admin, f"experiments/{experiment}")
    assert list(table.columns) == COLUMNS
    assert len(table) == LONG + 9 and set(table.run_id) == {odd, long}, "a deleted run is left out"
    assert (table.step.dtype, table.timestamp.dtype, table.value.dtype) == (np.int64, np.int64, np.float64)
    found = rows(table, long)
    assert len(found) == len(set(found)) and set(found) == told(client, long, ["loss"])

    mine = read(admin, f"runs/{odd}")
    guarded = "'" if read is csv else ""
    assert set(mine.run_name) == {f'{guarded}=HYPERLINK("x"), "q"'}, "no cell computes"
    assert set(mine.key) == {"odd/values", f"{guarded}-starts oddly"}
    mine["key"] = mine.key.str.lstrip("'")
    assert set(rows(mine, odd)) == told(client, odd, ["odd/values", "-starts oddly"])
    assert np.isposinf(mine.value).sum() == np.isneginf(mine.value).sum() == mine.value.isna().sum() == 1


@pytest.mark.parametrize("read", [csv, parquet])
def test_nothing_is_a_table_too(admin, client, read):
    experiment = client.create_experiment("nothing")
    assert list(read(admin, f"experiments/{experiment}").columns) == COLUMNS
    run = client.create_run(experiment).info.run_id
    assert len(read(admin, f"runs/{run}")) == 0


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_others_see_no_metrics(slipway, admin, client, logged, ending):
    experiment, odd, _, gone = logged
    stranger = slipway.join(slipway.new_project(), "Noor")
    for path in (f"experiments/{experiment}", f"runs/{odd}", "runs/absent", "experiments/999999"):
        assert stranger.send("GET", f"/api/v1/{path}/metrics.{ending}").status_code == 404
    assert admin.send("GET", f"/api/v1/experiments/x/metrics.{ending}").status_code in (400, 404)
    assert admin.send("GET", f"/api/v1/runs/{gone}/metrics.{ending}").status_code == 200, "a deleted run is still read"
