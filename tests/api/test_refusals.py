"""Who may not decide, and what makes an approval count no more."""

import pathlib
import tempfile

import pytest
from mlflow.entities import LoggedModelOutput
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from slipway import email
from team import APPROVER, RULE


def approval(promotion):
    return f"/api/v1/promotions/{promotion['id']}/approval"


def test_nobody_approves_what_they_asked_for(team, join):
    join("Dana", duties=["technical_lead", "product_owner"])
    *_, promotion = team.ready_promotion()
    for duty in ("technical_lead", "product_owner"):
        team.dana.refused(403, "PUT", approval(promotion), {"duty": duty})
    assert team.promotion(promotion)["missing"]["duties"] == list(APPROVER)
    assert "asked" in team.promotion(promotion)["can"]["approve"]["technical_lead"]


def test_nobody_approves_a_run_of_their_own(team, join):
    join("Lev", duties=["security"])
    *_, promotion = team.ready_promotion()
    team.lev.refused(403, "PUT", approval(promotion), {"duty": "security"})


def test_one_person_counts_for_one_duty(team, join):
    join("Pia", duties=["product_owner", "security"])
    *_, promotion = team.ready_promotion()
    team.approve(promotion, "product_owner")
    team.pia.refused(409, "PUT", approval(promotion), {"duty": "security"})
    assert team.promotion(promotion)["missing"]["duties"] == ["technical_lead", "security"]


def test_nobody_approves_without_the_duty(team, admin):
    *_, promotion = team.ready_promotion()
    for who in (team.mara, team.rita, team.sol, admin):
        who.refused(403, "PUT", approval(promotion), {"duty": "product_owner"})
    team.tom.refused(400, "PUT", approval(promotion), {"duty": "ethics_reviewer"})
    team.tom.refused(400, "PUT", approval(promotion), {"duty": "king"})


def test_a_duty_taken_away_takes_the_approval_along(team, join):
    *_, promotion = team.ready_promotion()
    for duty in APPROVER:
        team.approve(promotion, duty)
    join("Sol", role="viewer", duties=[])
    after = team.promotion(promotion)
    assert (after["approved"], after["missing"]["duties"]) == (False, ["security"])
    (void,) = [given for given in after["approvals"] if not given["valid"]]
    assert void["duty"] == "security" and void["why_not"]


def test_what_is_missing_is_said_and_enforced_alike(team):
    experiment = team.propose()["id"]
    run = team.log(experiment, recall=0.757, precision=0.905)
    request = team.ask_reviews(experiment)
    promotion = team.ask_promotion(experiment, run)
    for duty in APPROVER:
        promotion = team.approve(promotion, duty)
    assert not promotion["approved"]
    wanted = {
        "duties": [],
        "checks": ["safety_eval_passed", "cost_projection_acceptable", "documentation_complete", "rollback_plan_defined",
                   "review:technical", "review:ethics", "review:business"],
    }
    assert promotion["missing"] == wanted
    assert team.tom.refused(409, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})["missing"] == wanted

    team.review(request, "technical")
    team.review(request, "ethics", decision="declined")
    left = team.promotion(promotion)["missing"]["checks"]
    assert left == ["cost_projection_acceptable", "review:ethics", "review:business"]
    team.review(request, "ethics")
    team.review(request, "business")
    assert team.promotion(promotion)["approved"]


def test_performance_is_checked_from_the_run(team):
    experiment = team.propose()["id"]
    weak = team.log(experiment, recall=0.721, precision=0.903)
    greedy = team.log(experiment, recall=0.764, precision=0.861)
    team.review_all(experiment)
    for run in (weak, greedy):
        promotion = team.ask_promotion(experiment, run)
        assert "performance_meets_threshold" in promotion["missing"]["checks"]
    good = team.log(experiment, recall=0.757, precision=0.905)
    assert team.ask_promotion(experiment, good)["missing"]["checks"] == []


def test_performance_cannot_be_typed(team):
    experiment = team.propose()["id"]
    request = team.ask_reviews(experiment)
    for review, who in zip(request["reviews"], (team.tom, team.rita, team.pia)):
        typed = {"checklist": {"performance_meets_threshold": {"state": "pass", "evidence": "trust me"}}}
        assert who.send("PATCH", f"/api/v1/reviews/{review['id']}", typed).status_code in (400, 403, 409)


def test_every_review_has_its_own_duty_and_points(team, join):
    experiment = team.propose()["id"]
    technical, ethics, business = team.ask_reviews(experiment)["reviews"]
    path = "/api/v1/reviews/{}".format
    for review, strangers in ((technical, (team.pia, team.rita, team.mara)), (ethics, (team.tom, team.sol)), (business, (team.tom, team.lev))):
        for who in strangers:
            who.refused(403, "PATCH", path(review["id"]), {"decision": "accepted", "note": "fine"})
    foreign = {"checklist": {"cost_projection_acceptable": {"state": "pass", "evidence": "cheap"}}}
    assert team.tom.send("PATCH", path(technical["id"]), foreign).status_code in (400, 403, 409)
    join("Dana", duties=["technical_lead"])
    team.dana.refused(403, "PATCH", path(technical["id"]), {"decision": "accepted", "note": "I own it"})
    assert team.dana.get(path(technical["id"]))["decision"] is None


@pytest.mark.parametrize("change", ["metric", "artifact", "overwritten", "rule", "parameter"])
def test_a_changed_run_artifact_or_rule_makes_approvals_void(team, change):
    experiment, run, promotion = team.ready_promotion()
    for duty in APPROVER:
        team.approve(promotion, duty)
    before = team.promotion(promotion)
    with team.client("Lev") as client:
        if change == "metric":
            client.log_metric(run, "recall", 0.76, step=1)
        elif change == "artifact":
            client.log_text(run, "more", "more.txt")
        elif change == "overwritten":
            client.update_run(run, status="RUNNING")
            client.log_text(run, "3 2 1", "model/weights.txt")
            client.set_terminated(run)
        elif change == "parameter":
            client.log_param(run, "depth", 3)
    if change == "rule":
        version = team.experiment(experiment)["version"]
        team.dana.patch(f"/api/v1/experiments/{experiment}", {"rule": RULE | {"threshold": 0.70}}, version)
    after = team.promotion(promotion)
    assert after["bundle"]["digest"] != before["bundle"]["digest"]
    assert (after["approved"], after["state"]) == (False, "waiting")
    assert after["missing"]["duties"] == list(APPROVER)
    assert all(not given["valid"] and given["why_not"] for given in after["approvals"])
    assert team.tom.refused(409, "POST", f"/api/v1/promotions/{promotion['id']}/deployment", {})["missing"]["duties"] == list(APPROVER)

    for duty in APPROVER:
        after = team.approve(promotion, duty)
    assert after["approved"]


def test_the_model_of_a_run_belongs_to_what_is_approved(team):
    experiment = team.propose()["id"]
    run = team.log(experiment, recall=0.757, precision=0.905)
    with team.client("Lev") as client:
        model = client.create_logged_model(str(experiment), name="forest", source_run_id=run).model_id
        client.log_outputs(run, [LoggedModelOutput(model, 0)])
        repository = get_artifact_repository(client.get_logged_model(model).artifact_location)
        log_text(repository, "good", "model.pkl")
        client.finalize_logged_model(model, "READY")
        team.review_all(experiment)
        promotion = team.ask_promotion(experiment, run)
        for duty in APPROVER:
            promotion = team.approve(promotion, duty)
        assert promotion["approved"]
        assert [(file["model"], file["path"]) for file in promotion["bundle"]["artifacts"]] == [(model, "model.pkl")]
        log_text(repository, "evil", "model.pkl")
    assert team.promotion(promotion)["missing"]["duties"] == list(APPROVER)


def log_text(repository, text, name):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.write_text(text)
        repository.log_artifact(str(path))


def test_an_approval_of_another_bundle_than_was_seen(team):
    experiment, run, promotion = team.ready_promotion()
    seen = promotion["bundle"]["digest"]
    with team.client("Lev") as client:
        client.log_text(run, "slipped in", "late.txt")
    problem = team.sol.refused(412, "PUT", approval(promotion), {"duty": "security", "digest": seen})
    assert problem["current"]["digest"] != seen
    assert team.approve(promotion, "security", digest=problem["current"]["digest"])


def test_runs_that_can_be_no_evidence(team, slipway, join):
    experiment = team.propose()["id"]
    path = f"/api/v1/experiments/{experiment}/promotion"
    plan = {"environment": "production", "rollback_to": "1.4.2"}
    running = team.log(experiment, status="RUNNING", recall=0.8, precision=0.95)
    failed = team.log(experiment, status="FAILED", recall=0.8, precision=0.95)
    elsewhere = team.log(team.propose()["id"], recall=0.8, precision=0.95)
    for run in (running, failed):
        team.dana.refused(409, "POST", path, {"run_id": run, "plan": plan})
    for run in (elsewhere, "0" * 32, "no run"):
        assert team.dana.send("POST", path, {"run_id": run, "plan": plan}).status_code in (400, 404)
    team.mara.refused(403, "POST", path, {"run_id": running, "plan": plan})


def test_a_plan_must_name_the_way_back(team):
    experiment, run = team.reviewed_bet()
    path = f"/api/v1/experiments/{experiment}/promotion"
    for plan in ({"environment": "production"}, {"rollback_to": "1.4.2"}, {"environment": "", "rollback_to": ""}, {}, None):
        team.dana.refused(400, "POST", path, {"run_id": run, "plan": plan})


def test_a_newer_request_replaces_the_one_before(team):
    experiment, run, first = team.ready_promotion()
    team.approve(first, "security")
    second = team.ask_promotion(experiment, run)
    assert team.promotion(first)["state"] == "replaced"
    team.tom.refused(409, "PUT", approval(first), {"duty": "technical_lead"})
    assert team.dana.get(f"/api/v1/experiments/{experiment}/promotion")["id"] == second["id"]


def test_who_asked_may_close_it(team):
    *_, promotion = team.ready_promotion()
    team.tom.refused(403, "DELETE", f"/api/v1/promotions/{promotion['id']}", {"note": "no"})
    assert team.dana.delete(f"/api/v1/promotions/{promotion['id']}", {"note": "too early"})["state"] == "withdrawn"
    team.sol.refused(409, "PUT", approval(promotion), {"duty": "security"})
    assert email("Sol") not in str(team.promotion(promotion)["approvals"])
