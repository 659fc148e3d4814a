"""In which order a search gives the runs, and in which pages."""

import math

import mlflow
import pytest

from world import DAY


def tied(world, letters):
    """Among runs that are equal in all else the id decides."""
    return "".join(sorted(letters, key=world.ids.get))


ORDERS = [
    # The latest start first; d and e started together.
    ([], "{de}cba"),
    (["start_time"], "abc{de}"),
    (["attributes.start_time ASC"], "abc{de}"),
    (["attribute.start_time DESC"], "{de}cba"),
    (["created asc"], "abc{de}"),
    # Numbers, then what is no number, then runs without the key, in both directions.
    (["metrics.auc"], "badce"),
    (["metrics.auc ASC"], "badce"),
    (["metrics.auc DESC"], "dabce"),
    (["metric.loss"], "ebdac"),
    (["metrics.loss DESC"], "adbec"),
    (["metrics.`with space`"], "a{de}cb"),
    (["metrics.nothing"], "{de}cba"),
    # Text by code point, the missing last.
    (["params.model"], "cab{de}"),
    (["params.model DESC"], "bac{de}"),
    (["parameters.depth", "metrics.auc DESC"], "bdace"),
    (["tags.team"], "eacbd"),
    (["tag.team DESC"], "bcaed"),
    (["run_name"], "badce"),
    (["attributes.run_name DESC"], "ecdab"),
    (["status"], "badce"),
    (["user_id", "start_time"], "abc{de}"),
    (["end_time"], "bdaec"),
    (["end_time DESC"], "adbec"),
    (["tags.letter desc"], "edcba"),
]


@pytest.mark.parametrize("order, letters", ORDERS, ids=lambda x: str(x))
def test_an_order(world, order, letters):
    wanted = letters.format(de=tied(world, "de"))
    assert world.search(order_by=order) == wanted
    paged = ""
    token = None
    for _ in range(3):
        answer = world.wire.post("runs/search", experiment_ids=[world.experiment], order_by=order, max_results=2, page_token=token)
        paged += "".join(world.letters[run["info"]["run_id"]] for run in answer["runs"])
        token = answer.get("next_page_token")
    assert paged == wanted and not token


def test_ids_decide_at_last(world):
    assert world.search(order_by=["run_id"]) == tied(world, "abcde")
    assert world.search(order_by=["attributes.run_id DESC"]) == tied(world, "abcde")[::-1]


def test_pages_of_three_hundred_runs(client, wire, experiment):
    made = [wire.post("runs/create", experiment_id=experiment, start_time=DAY + n // 3)["run"]["info"]["run_id"] for n in range(300)]
    seen, token, pages = [], None, 0
    while token or not pages:
        page = client.search_runs([experiment], max_results=70, page_token=token)
        seen += [run.info.run_id for run in page]
        token, pages = page.token, pages + 1
    assert pages == 5
    assert sorted(seen) == sorted(made)
    starts = [made.index(run) // 3 for run in seen]
    assert starts == sorted(starts, reverse=True)


def test_the_last_full_page_has_no_successor(world):
    answer = world.wire.post("runs/search", experiment_ids=[world.experiment], max_results=5)
    assert len(answer["runs"]) == 5 and not answer.get("next_page_token")


def test_an_empty_token_is_the_first_page(world):
    assert len(world.search(page_token="", max_results=2)) == 2


@pytest.mark.differs("the largest double there")
def test_fluent_search(client, world):
    mlflow.set_tracking_uri(world.wire.uri)
    found = mlflow.search_runs([world.experiment], "metrics.auc > 0.5", order_by=["metrics.auc"])
    assert list(found["metrics.auc"]) == [0.8, 0.9, math.inf]
    assert list(found["params.depth"]) == ["10", "3", "3"]
