"""SCN-6: a hypothesis reaches production on evidence from the real client."""

import hashlib
import itertools

import pytest

from slipway import email
from team import APPROVER, PLAN

CHECKS = ["performance_meets_threshold", "safety_eval_passed", "cost_projection_acceptable", "documentation_complete", "rollback_plan_defined"]


def test_an_experiment_begins_as_proposed(team):
    made = team.propose(name="Device graph")
    assert made["status"] == "proposed"
    assert made["required_reviews"] == ["technical", "ethics", "business"]
    assert (made["metrics"], made["verdict"]) == ([], None)
    assert (made["name"], made["owner"]["email"]) == ("Device graph", email("Dana"))
    timeline = made["timeline"]
    assert timeline["time_box_days"] == 10 and timeline["proposed_at"] < timeline["decide_by"]
    assert timeline["estimate"]["days"] is None and timeline["estimate"]["basis"]
    assert made["rule"]["threshold"] == 0.75 and not made["rule"]["changed_after_first_run"]
    with team.client("Dana") as client:
        assert client.get_experiment(str(made["id"])).name == "Device graph"


def test_submitting_gives_the_checklist_and_three_reviews(team):
    experiment = team.propose()["id"]
    asked = team.ask_reviews(experiment, card="# Card", costs="310 a month")
    assert asked["experiment_id"] == experiment
    assert asked["artifacts"] == {"card": "# Card", "costs": "310 a month"}
    assert [point["key"] for point in asked["review_checklist"]] == CHECKS
    assert {point["state"] for point in asked["review_checklist"]} == {"open"}
    assert all(point["text"] for point in asked["review_checklist"])
    assert [(review["kind"], review["decision"]) for review in asked["reviews"]] == [("technical", None), ("ethics", None), ("business", None)]
    assert team.mara.get(f"/api/v1/experiments/{experiment}/reviews")["id"] == asked["id"]


def test_two_approvals_are_not_enough_and_three_are(team):
    experiment, run, promotion = team.ready_promotion()
    assert (promotion["approved"], promotion["missing"]) == (False, {"duties": list(APPROVER), "checks": []})
    assert promotion["deployment_plan"] is None and promotion["monitoring_setup"] is None

    team.approve(promotion, "technical_lead")
    two = team.approve(promotion, "product_owner")
    assert (two["approved"], two["missing"]) == (False, {"duties": ["security"], "checks": []})

    three = team.approve(promotion, "security")
    assert three["approved"] and three["state"] == "approved"
    assert three["missing"] == {"duties": [], "checks": []}
    assert [phase["name"] for phase in three["deployment_plan"]["phases"]] == ["shadow", "canary", "full"]
    assert three["deployment_plan"]["rollback"]["to"] == PLAN["rollback_to"]
    assert three["deployment_plan"]["limits"]
    assert "groups:" in three["monitoring_setup"]["prometheus_rules"]
    assert team.experiment(experiment)["status"] == "approved"


@pytest.mark.parametrize("order", list(itertools.permutations(APPROVER))[1:4])
def test_the_order_of_approvals_does_not_matter(team, order):
    *_, promotion = team.ready_promotion()
    for duty in order[:2]:
        assert not team.approve(promotion, duty)["approved"]
    assert team.approve(promotion, order[2])["approved"]


def test_a_withdrawn_approval_takes_the_state_back(team):
    experiment, run, promotion = team.ready_promotion()
    for duty in APPROVER:
        team.approve(promotion, duty)
    back = team.withdraw(promotion, "product_owner")
    assert (back["approved"], back["state"], back["missing"]["duties"]) == (False, "waiting", ["product_owner"])
    assert back["deployment_plan"] is None
    assert team.experiment(experiment)["status"] == "in_review"
    problem = team.tom.refused(409, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})
    assert problem["missing"] == {"duties": ["product_owner"], "checks": []}
    assert team.approve(promotion, "product_owner")["approved"]


def test_into_production(team, slipway):
    experiment, run, promotion = team.ready_promotion()
    for duty in APPROVER:
        team.approve(promotion, duty)
    team.dana.refused(403, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})
    live = team.tom.post(f"/api/v1/promotions/{promotion['id']}/deployment", {"note": "Monday, in the quiet hour."})
    assert live["state"] == "in_production" and live["deployment"]["deployed_by"]["email"] == email("Tom")
    assert team.experiment(experiment)["status"] == "in_production"

    # Nothing of it can be taken back or done twice.
    team.tom.refused(409, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})
    team.sol.refused(409, "DELETE", f"/api/v1/promotions/{promotion['id']}/approval", {"duty": "security"})
    told = [event["kind"] for event in live["history"]]
    assert told[0] == "deployment.started" and told[-1] == "promotion.asked" and told.count("approval.given") == 3

    done = slipway.command("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_waits_for_me(team):
    *_, promotion = team.ready_promotion()
    waits = [item for item in team.sol.get("/api/v1/waiting")["items"] if item["project"] == team.key]
    assert [(item["kind"], item["duty"]) for item in waits] == [("approval", "security")]
    team.approve(promotion, "security")
    assert [item for item in team.sol.get("/api/v1/waiting")["items"] if item["project"] == team.key] == []
    assert [item for item in team.dana.get("/api/v1/waiting")["items"] if item["project"] == team.key] == []


def test_the_bundle_names_exactly_what_is_approved(team):
    experiment, run, promotion = team.ready_promotion()
    bundle = promotion["bundle"]
    assert bundle["run"]["id"] == run
    assert {file["path"] for file in bundle["artifacts"]} == {"card.md", "model/weights.txt"}
    digests = {file["path"]: file["sha256"] for file in bundle["artifacts"]}
    assert digests["model/weights.txt"].removeprefix("sha256:") == hashlib.sha256(b"1 2 3").hexdigest()
    assert bundle["rule"]["threshold"] == 0.75 and bundle["digest"]
    assert team.promotion(promotion)["bundle"] == bundle
