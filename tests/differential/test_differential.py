"""The same operations told to MLflow's own server and to Slipway: what they answer is the same, but for what
`known.py` names with its reason. A named difference that is none any more is red, too."""

import re

import pytest

from compare import LARGEST, Told, differences
from known import KNOWN
from reference import Reference
from slipway import ADMIN
from stories import STORIES as TRACKED
from trace_stories import STORIES as TRACED

STORIES = TRACKED + TRACED


@pytest.fixture(scope="session")
def mlflow_server():
    with Reference() as server:
        yield server


@pytest.fixture(scope="session")
def their_answers(mlflow_server):
    """Each story is told to MLflow once, whatever the number of our engines."""
    told = {}

    def answers(story):
        if story not in told:
            answered = Told(mlflow_server.tracking_uri(None))
            story(answered)
            told[story] = answered
        return told[story]

    return answers


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_both_answer_the_same(slipway, key, their_answers, story):
    ours = Told(slipway.tracking_uri(key), slipway.token(ADMIN))
    story(ours)
    known = [one for one in KNOWN if one.story == story.__name__]
    used, surprises = set(), []
    for label, there, here in differences(their_answers(story), ours):
        fits = [one for one in known if re.fullmatch(one.labels, label) and (one.there, one.here) == (there[0], here[0])]
        used.update(fits)
        if not fits:
            surprises.append(f"{label}\n    MLflow:  {str(there)[:600]}\n    Slipway: {str(here)[:600]}")
    assert not surprises, "\n" + "\n".join(surprises)
    assert used == set(known), f"no difference any more: {set(known) - used}"
    assert all(status < 500 for _, status, _ in ours.seen)


def test_infinities_come_back_here_and_are_lost_there(slipway, key, their_answers):
    (story,) = [story for story in STORIES if story.__name__ == "metrics"]
    ours = Told(slipway.tracking_uri(key), slipway.token(ADMIN))
    story(ours)
    there, here = (next(said for label, _, said in told.seen if label == "latest")["run"]["data"]["metrics"] for told in (their_answers(story), ours))
    values = [{metric["key"]: metric["value"] for metric in metrics} for metrics in (there, here)]
    assert [told["v6"] for told in values] == [LARGEST, "Infinity"] and [told["v7"] for told in values] == [-LARGEST, "-Infinity"]


def test_hundreds_of_operations_are_told(their_answers):
    told = [len(their_answers(story).seen) for story in STORIES]
    assert sum(told) > 1_200 and all(told)
