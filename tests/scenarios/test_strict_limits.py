"""SCN-4: research in experiment sprints beside a board whose limits hold."""

import concurrent.futures

import pytest

BET = {"claim": "Devices tell", "metric": "recall", "comparator": ">=", "threshold": 0.75, "dataset": "fraud-eval", "time_box_days": 10}


@pytest.fixture
def training(cast):
    """24 queued items; three GPUs, and room for three in training."""
    lines = "\n".join(f"Train {number}" for number in range(1, 25))
    cast.dana.post(f"{cast.project}/items/batch", {"lines": lines, "status": "Ready"})
    status = cast.columns()["In progress"]["status"]["id"]
    cast.sam.put(f"{cast.project}/board/{status}", {"limit": 3, "policy": "One training a GPU."})
    cast.sam.put(f"{cast.project}/limits", {"limits": [{"name": "GPUs", "per": "pool", "most": 3, "statuses": [status]}]})
    return status


def race(cast, numbers, status="In progress"):
    """All move at once, each by a caller of its own; gives the answers."""

    def move(number):
        api = cast.people[("Dana", "Mei", "Lev")[number % 3]]
        return api.send("POST", f"{cast.item(number)}/move", {"status": status})

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        return list(pool.map(move, numbers))


def most_at_once(cast, name):
    """The most items that were in a status at any instant, as the log tells it."""
    inside, most = 0, 0
    for event in reversed(cast.sam.get("/api/v1/events", project=cast.key, limit=200)["items"]):
        sides = {side: (event["body"].get(side) or {}) for side in ("from", "to")}
        inside += int(sides["to"].get("name") == name) - int(sides["from"].get("name") == name)
        most = max(most, inside)
    return most


def test_an_experiment_sprint_asks_questions(cast):
    sprint = cast.sam.post(f"{cast.project}/sprints", {"mode": "experiment", "goal": "Ship the new model"})
    address = f"/api/v1/sprints/{sprint['id']}"
    assert sprint["working_days"] == 10
    cast.dana.post(f"{cast.project}/items", {"title": "Ship", "sprint": sprint["id"]})
    assert cast.sam.refused(409, "POST", f"{address}/start", {})["missing"] == ["hypothesis", "spike"]
    cast.dana.post(f"{cast.project}/items", {"kind": "hypothesis", "title": "Devices", "hypothesis": BET, "sprint": sprint["id"]})
    started = cast.sam.post(f"{address}/start", {})
    assert [question["question"] for question in started["questions"]] == ["Devices tell"]
    assert started["burndown"]["committed"] == {"items": 2, "points": 0.0, "items_done": 0, "points_done": 0.0}


def test_twenty_want_three_places_and_three_get_them(cast, training):
    answers = race(cast, range(1, 21))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 17
    inside = {item["key"] for item in cast.mara.get(f"{cast.project}/items", status="In progress")["items"]}
    for refusal in (answer.json() for answer in answers if answer.status_code == 409):
        assert refusal["limit"] == 3 and {occupant["key"] for occupant in refusal["occupants"]} <= inside
        assert 1 <= refusal["queue"] <= 24
    assert len(inside) == 3 and most_at_once(cast, "In progress") == 3


def test_two_hundred_want_one_place_and_one_gets_it(cast, training):
    lines = "\n".join(f"More {number}" for number in range(178))
    cast.dana.post(f"{cast.project}/items/batch", {"lines": lines, "status": "Ready"})
    for number in (1, 2):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    answers = race(cast, range(3, 203))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert cast.columns()["In progress"]["count"] == 3


def test_a_blocked_item_keeps_its_place_and_an_override_says_why(cast, training):
    for number in (1, 2, 3):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    cast.change(cast.dana, 2, blocked="The driver")
    refused = cast.dana.refused(409, "POST", f"{cast.item(4)}/move", {"status": "In progress"})
    assert "Help to finish one of them" in refused["detail"]
    why = {"status": "In progress", "overrule": "The customer is down"}
    cast.dana.refused(403, "POST", f"{cast.item(4)}/move", why)
    cast.sam.post(f"{cast.item(4)}/move", why)
    column = cast.columns()["In progress"]
    assert (column["count"], column["limit"]) == (4, 3)
    told = [event["body"] for event in cast.events("limit.overruled")]
    assert {(event.get("status") or event["name"], event["reason"]) for event in told} == {("In progress", why["overrule"]), ("GPUs", why["overrule"])}


def test_a_lower_limit_expels_nobody(cast, training):
    for number in (1, 2, 3):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    cast.sam.put(f"{cast.project}/board/{training}", {"limit": 2})
    assert cast.columns()["In progress"]["count"] == 3
    for number, free in ((1, False), (2, True)):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "Done"})
        answer = cast.dana.send("POST", f"{cast.item(4)}/move", {"status": "In progress"})
        assert (answer.status_code == 200) == free


def test_finishing_offers_the_place_to_the_next(cast, training, mail, listen):
    cast.change(cast.sam, 4, assignee=mail("Lev"))
    for number in (1, 2, 3):
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    assert cast.columns()["In progress"]["next"] is None
    ear = listen(cast.lev)
    cast.dana.post(f"{cast.item(1)}/move", {"status": "Done"})
    assert ear.hears(f"backlog:{cast.key}")
    assert cast.columns()["In progress"]["next"]["key"] == f"{cast.key}-4"
    pool = cast.lev.get(f"{cast.project}/limits")["items"][0]
    assert len(pool["occupants"]) == 2


def test_a_checkpoint_needs_no_demo_and_its_decisions_change_the_board(cast, mail):
    for number, claim in ((1, "Devices tell"), (2, "A longer history tells")):
        cast.dana.post(f"{cast.project}/items", {"kind": "hypothesis", "title": claim, "hypothesis": {**BET, "claim": claim}})
        cast.dana.post(f"{cast.item(number)}/move", {"status": "In progress"})
    mlflow = f"/p/{cast.key}/api/2.0/mlflow/runs"
    experiment = str(cast.dana.get(cast.item(1))["experiment"])
    run = cast.dana.post(f"{mlflow}/create", {"experiment_id": experiment, "run_name": "trees"})["run"]["info"]["run_id"]
    data = {"dataset": {"name": "fraud-eval", "digest": "v3", "source_type": "local", "source": "eval.csv"}}
    cast.dana.post(f"{mlflow}/log-inputs", {"run_id": run, "datasets": [data]})
    cast.dana.post(f"{mlflow}/log-metric", {"run_id": run, "key": "recall", "value": 0.71, "timestamp": 1})
    cast.dana.post(f"{mlflow}/update", {"run_id": run, "status": "FINISHED"})

    asked = {"asked": [mail("Omar")], "price": 2.5, "currency": "EUR"}
    made = cast.sam.post(f"{cast.project}/checkpoints", asked)
    address = f"/api/v1/checkpoints/{made['id']}"
    pack = cast.omar.get(address)["pack"]
    first, second = pack["questions"]
    assert [first["statement"], second["statement"]] == ["Devices tell", "A longer history tells"]
    known = "the best run that counts, trees, reached recall 0.71; at least 0.75 is asked."
    assert (first["runs"]["finished"], first["found"]) == (1, [f"Not decided yet: {known}"])
    assert second["found"] == ["No run was started yet."] and pack["cost"] is not None
    assert {option["choice"] for option in second["options"]} == {"continue", "stop", "change"}
    assert "recall" in {term["term"] for term in pack["glossary"]}

    stop = {"choice": "stop", "reason": "The history costs more than the fraud"}
    decide = f"{address}/decisions/{cast.key}"
    assert "Omar is asked to decide here" in cast.mara.refused(403, "PUT", f"{decide}-2", stop)["detail"]
    cast.omar.put(f"{decide}-1", {"choice": "continue"})
    cast.omar.put(f"{decide}-2", stop)
    board = cast.columns()
    assert (board["In progress"]["count"], cast.mara.get(cast.item(2))["status"]["name"]) == (1, "Cancelled")
    told = [(event["body"]["key"], event["body"]["choice"]) for event in cast.events("checkpoint.decided")]
    assert told == [(f"{cast.key}-1", "continue"), (f"{cast.key}-2", "stop")]
    assert cast.sam.post(f"{address}/close", {})["undecided"] == []
