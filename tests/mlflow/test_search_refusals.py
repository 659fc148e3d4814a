"""Filters, orders and pages that are none: each is refused, none is half understood."""

import pytest

from wire import INVALID

FILTERS = [
    "metrics.auc",
    "metrics.auc >",
    "> 0.5",
    "metrics.auc 0.5",
    "metrics > 0.5",
    "0.5 < metrics.auc",
    "metrics.auc > 'high'",
    "metrics.auc = '0.9'",
    "metrics.auc LIKE 0.9",
    "metrics.auc IN (0.9)",
    "metrics.auc == 0.9",
    "metrics.auc <> 0.9",
    "metrics.auc BETWEEN 0 AND 1",
    "metrics.auc > 0.5 OR metrics.auc < 0.1",
    "NOT metrics.auc > 0.5",
    "(metrics.auc > 0.5)",
    "metrics.auc > 0.5, metrics.loss < 1",
    "metrics.auc > 0.5;",
    "metrics.auc > 0.5 -- the rest",
    "metrics.auc > abs(0.5)",
    "metrics.auc > metrics.loss",
    "params.depth = 3",
    "params.depth > '3'",
    "params.depth <= '3'",
    "params.depth IN ('3')",
    "params.depth = three",
    "params.depth = '3",
    "params.depth = ''3''",
    "tags.team > 'a'",
    "tags.team = growth",
    "tags.team IS",
    "tags.team IS 'growth'",
    "user_id IS NOT 'lev'",
    "status = FINISHED",
    "status > 'FINISHED'",
    "status IN ('FINISHED')",
    "attributes.nothing = 'x'",
    "attributes.experiment_id = '1'",
    "attributes.lifecycle_stage = 'active'",
    "start_time = '1700000001000'",
    "start_time LIKE 1",
    "run_id IN ()",
    "run_id IN 'a'",
    "run_id IN ('a', 5)",
    "dataset.nothing = 'x'",
    "dataset.name > 'wine'",
    "dataset.name = wine",
    "dataset = 'wine'",
    "models.name = 'x'",
    "Metrics.auc > 0.5",
    "metrics.auc > 0.5 AND 5",
    "'metrics.auc' > 0.5",
    "SELECT 1",
    "5",
    "'x'",
    "%",
    "\\",
    "metrics.`auc > 0.5",
    "❄ = ❄",
]
ACCEPTED_THERE = [
    "metrics.auc > 0.5 metrics.loss < 1",
    "run_id IN ('a' 'b')",
    "params.model = 'x'' OR 1=1'",
    "AND metrics.auc > 0.5",
    "metrics.auc > 0.5 AND",
    "metrics. > 0.5",
    "metrics.auc > 0.5 AND AND metrics.loss < 1",
    "metrics.auc > 1e999",
]


@pytest.mark.parametrize("filter", FILTERS)
def test_no_filter(world, filter):
    refused(world, filter=filter)


@pytest.mark.differs("accepted there")
@pytest.mark.parametrize("filter", ACCEPTED_THERE)
def test_no_filter_either(world, filter):
    refused(world, filter=filter)


def refused(world, **fields):
    message = world.wire.refused(INVALID, "POST", "runs/search", **{"experiment_ids": [world.experiment]} | fields)
    assert len(message) < 3000


@pytest.mark.parametrize("order", [
    "metrics.auc UPWARDS", "metrics.auc ASC DESC", "attributes.nothing", "nothing.auc", "metrics.auc, metrics.loss",
    "metrics.auc ASC, params.depth", "metrics", "(metrics.auc)", "metrics.auc; DROP TABLE run", "1", "'x'",
])
def test_no_order(world, order):
    refused(world, order_by=[order])


@pytest.mark.differs("a 500 there")
def test_the_same_order_twice(world):
    refused(world, order_by=["metrics.auc", "metrics.auc DESC"])


@pytest.mark.parametrize("count", [0, -1, 50_001, "many"])
def test_no_number_of_results(world, count):
    refused(world, max_results=count)


@pytest.mark.parametrize("token", ["???", "abc", "bm90IGpzb24="])
@pytest.mark.differs("several are a 500 there")
def test_no_page(world, token):
    refused(world, page_token=token)


@pytest.mark.parametrize("ids", [["seven"], ["1.5"], ["' OR 1=1"]])
def test_no_experiment(world, ids):
    refused(world, experiment_ids=ids)


@pytest.mark.differs("dropped there")
@pytest.mark.parametrize("fields", [{"experiment_ids": "1"}, {"filter": 5}, {"order_by": "metrics.auc"}, {"run_view_type": "SOME"}])
def test_no_such_type(world, fields):
    refused(world, **fields)


@pytest.mark.differs("reads it")
def test_a_filter_of_a_megabyte_is_answered(world):
    filter = " AND ".join(["metrics.auc > 0.5"] * 50_000)
    answer = world.wire.call("POST", "runs/search", {"experiment_ids": [world.experiment], "filter": filter})
    assert answer.status_code in (400, 413)
