"""SCN-1: a team plans its first AI sprint: story, components, planning poker, capacity, start."""

import concurrent.futures
import datetime
import itertools
import json

import pytest

GOAL = "End-to-end prediction service with sample data"
ACCEPTANCE = ["every active customer has a score 0-100", "refreshed daily", "API p95 <= 200 ms on sample data"]
STORY = {"who": "marketing analyst", "want": "to see a risk score", "benefit": "I can intervene"}


@pytest.fixture
def story(cast):
    """CHURN-1, split by Sam into CHURN-2 to CHURN-4."""
    made = cast.pia.post(f"{cast.project}/items", {"kind": "story", "title": "Risk score", "story": STORY, "acceptance": ACCEPTANCE})
    cast.sam.post(f"{cast.item(1)}/split", {})
    return made


def test_a_story_is_split_and_not_ready_before_all_is_known(cast, story, mail):
    assert story["sentence"] == "As a marketing analyst, I want to see a risk score so I can intervene."
    assert (story["story"], story["acceptance"]) == (STORY, ACCEPTANCE)
    parts = [cast.dana.get(cast.item(number)) for number in (2, 3, 4)]
    assert [part["trade"] for part in parts] == ["data_scientist", "ml_engineer", "backend_developer"]
    waits = {number: cast.dana.get(f"{cast.item(number)}/relations")["items"] for number in (3, 4)}
    blocked = {number: [(r["item"]["key"], r["contract"]) for r in found if r["kind"] == "blocked_by"] for number, found in waits.items()}
    assert blocked == {3: [(f"{cast.key}-2", False)], 4: [(f"{cast.key}-3", True)]}, "a stub can begin with the contract"

    refused = cast.sam.refused(409, "POST", f"{cast.item(1)}/move", {"status": "Ready"})
    lacks = {(lack["item"], name) for lack in refused["missing"] for name in lack["missing"]}
    assert lacks == set(itertools.product([f"{cast.key}-{n}" for n in (2, 3, 4)], ["owner", "estimate", "done profile"]))
    assert cast.pia.get(cast.item(1))["status"]["name"] == "Backlog"


def test_three_people_add_tasks_at_once_and_none_is_lost(cast, story, listen):
    ears = [listen(cast.people[who]) for who in ("Dana", "Mei", "Ben")]

    def add(who, number):
        for task in range(5):
            made = {"kind": "task", "title": f"{who} {task}", "parent": f"{cast.key}-{number}"}
            cast.people[who].post(f"{cast.project}/items", made)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(add, ("Dana", "Mei", "Ben"), (2, 3, 4)))
    for number, who in ((2, "Dana"), (3, "Mei"), (4, "Ben")):
        below = cast.mara.get(f"{cast.project}/items", parent=f"{cast.key}-{number}")["items"]
        assert [item["title"] for item in below] == [f"{who} {task}" for task in range(5)]
    for ear in ears:
        assert ear.hears(f"backlog:{cast.key}")


class Poker:
    """Sam moderates; Dana, Mei and Ben vote."""

    def __init__(self, cast):
        self.cast = cast
        self.sitting = f"/api/v1/estimates/{cast.sam.post(f'{cast.project}/estimates', {'deck': 'modified_fibonacci'})['id']}"

    def seen(self, api):
        return api.get(self.sitting)

    @property
    def round(self):
        return f"{self.sitting}/rounds/{self.seen(self.cast.sam)['round']}"

    def open(self, number):
        self.cast.sam.post(f"{self.sitting}/rounds", {"item": f"{self.cast.key}-{number}"})

    def vote(self, dana, mei, ben):
        for who, card in (("Dana", dana), ("Mei", mei), ("Ben", ben)):
            self.cast.people[who].put(f"{self.round}/vote", {"card": card})

    def does(self, verb, **body):
        return self.cast.sam.post(f"{self.round}/{verb}", body)

    def last(self):
        return self.seen(self.cast.mara)["items"][-1]["rounds"][-1]


def named(answer):
    """How often an answer names the cards that will be chosen; the deck lies open."""
    if "csv" in answer.headers["Content-Type"]:
        return [cell for line in answer.text.splitlines() for cell in line.split(",") if cell in ("5", "13")]
    told = json.dumps(answer.json())
    return [told.count(said) for said in ('"5"', '"13"', '"card": "')]


def test_planning_poker_hides_votes_and_keeps_all_of_it(cast, story, listen, mail):
    poker = Poker(cast)
    poker.open(2)
    ears = [listen(cast.people[who]) for who in ("Dana", "Mei", "Ben", "Mara")]
    paths = (poker.sitting, f"{poker.sitting}/export", f"{poker.sitting}/export.csv", f"/api/v1/events?project={cast.key}&limit=200")
    seen = {(who, path): named(cast.people[who].send("GET", path)) for who in ("Sam", "Pia", "Dana", "Mei", "Ben", "Mara") for path in paths}
    poker.vote("5", "5", "13")
    for (who, path), before in seen.items():
        assert named(cast.people[who].send("GET", path)) == before, f"{who} sees a card in {path}"
    assert {person["name"] for person in poker.last()["voted"]} == {"Dana", "Mei", "Ben"}
    cast.mara.refused(403, "PUT", f"{poker.round}/vote", {"card": "5"})
    for who in ("Sam", "Pia"):
        cast.people[who].refused(403, "PUT", f"{poker.round}/vote", {"card": "5"})
    for ear in ears:
        ear.forgets()
    poker.does("reveal")
    for ear in ears:
        assert ear.hears(poker.sitting.replace("/api/v1/estimates/", "sitting:"))
        assert "13" not in ear.text.replace(cast.key, ""), "the stream names what changed and no more"
    assert sorted(vote["card"] for vote in poker.last()["votes"]) == ["13", "5", "5"]

    for verb in ("repeat", "accept"):
        refused = cast.sam.refused(409, "POST", f"{poker.round}/{verb}", {"card": "5"} if verb == "accept" else {})
        assert "note" in refused["missing"]
    cast.ben.post(f"{poker.round}/notes", {"text": "needs customer-id join from the CRM export"})
    note = poker.last()["notes"][0]["id"]
    cast.sam.post(f"{poker.sitting}/notes/{note}/item", {"kind": "data", "blocks": True})
    waits = cast.dana.get(f"{cast.item(2)}/relations")["items"]
    assert [r["item"]["title"] for r in waits if r["kind"] == "blocked_by"] == ["needs customer-id join from the CRM export"]
    poker.does("repeat")
    poker.vote("8", "8", "8")
    poker.does("reveal")
    poker.does("accept")
    assert cast.dana.get(cast.item(2))["estimate"] == 8

    poker.open(3)
    poker.vote("8", "8", "?")
    poker.does("reveal")
    cast.sam.refused(409, "POST", f"{poker.round}/accept", {"card": "8"})
    poker.does("repeat")
    poker.vote("5", "8", "8")
    poker.does("reveal")
    refused = cast.sam.refused(409, "POST", f"{poker.round}/accept", {"card": "8"})
    assert refused["missing"] == ["consent"]
    cast.dana.put(f"{poker.round}/consent", {"card": "8"})
    poker.does("accept", card="8")
    assert cast.dana.get(cast.item(3))["estimate"] == 8

    poker.open(4)
    poker.vote("3", "3", "3")
    poker.does("reveal")
    poker.does("accept")
    totals = cast.mara.get(f"{poker.sitting}/export")["totals"]
    assert totals == {"items": 3, "rounds": 5, "votes": 15, "discussed": 2, "points": 19.0, "estimated": 3, "unestimated": 0}


def test_a_sprint_is_held_against_its_people_and_starts_with_a_goal(cast, story, mail):
    for points in (18, 22, 20):
        past = cast.sam.post(f"{cast.project}/sprints", {"goal": "As ever"})["id"]
        done = cast.dana.post(f"{cast.project}/items", {"title": f"{points}", "estimate": points, "sprint": past})
        cast.sam.post(f"/api/v1/sprints/{past}/start", {})
        cast.dana.post(f"/api/v1/items/{done['key']}/move", {"status": "Done"})
        cast.sam.post(f"/api/v1/sprints/{past}/close", {"verdict": "met"})

    today = datetime.datetime.now(datetime.UTC).date()
    monday = today + datetime.timedelta(days=7 - today.weekday())
    sprint = cast.sam.post(f"{cast.project}/sprints", {"first_day": str(monday)})
    address = f"/api/v1/sprints/{sprint['id']}"
    assert sprint["working_days"] == 10
    for number, points, who in ((2, 8, "Dana"), (3, 8, "Mei"), (4, 3, "Ben")):
        cast.change(cast.sam, number, estimate=points, assignee=mail(who), sprint=sprint["id"])
    people = [{"person": mail("Dana"), "points": 8}, {"person": mail("Mei"), "points": 8}, {"person": mail("Ben"), "points": 4, "days_off": [str(monday)]}]
    plan = cast.sam.put(f"{address}/people", {"people": people})["plan"]
    assert plan["velocity"] == {"mean": 20.0, "least": 18.0, "most": 22.0, "sprints": 3}
    assert (round(plan["capacity"], 6), plan["load"], plan["fit"]) == (19.6, 19.0, "fits"), "Ben is away for one of ten days"

    more = cast.sam.post(f"{cast.project}/items", {"title": "Cache", "estimate": 5, "assignee": mail("Ben"), "sprint": sprint["id"]})
    plan = cast.sam.get(address)["plan"]
    assert (plan["fit"], [person["person"]["name"] for person in plan["people"] if person["over"]]) == ("over", ["Ben"])
    cast.sam.patch(f"/api/v1/items/{more['key']}", {"sprint": None}, version=more["version"])

    refused = cast.sam.refused(409, "POST", f"{address}/start", {})
    assert refused["missing"] == ["goal"]
    version = cast.sam.send("GET", address).headers["ETag"].strip('"')
    cast.sam.patch(address, {"goal": GOAL}, version=version)
    started = cast.sam.post(f"{address}/start", {})
    assert started["state"] == "running" and started["burndown"]["days"][0]["remaining"] == 19.0
    running = [line for line in cast.mara.get(f"{cast.project}/sprints")["items"] if line["state"] == "running"]
    assert [line["goal"] for line in running] == [GOAL]

    circle = cast.dana.refused(409, "POST", f"{cast.item(2)}/relations", {"kind": "blocked_by", "item": f"{cast.key}-3"})
    for key in (f"{cast.key}-2", f"{cast.key}-3"):
        assert key in circle["detail"]
