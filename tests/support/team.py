"""A project with its people, and the moves that every story of the path makes."""

import contextlib
import os
from unittest import mock

import mlflow
from mlflow import MlflowClient

from slipway import email

CAST = {
    "Dana": {"trades": ["data_scientist"]},
    "Lev": {"trades": ["data_scientist"]},
    "Tom": {"trades": ["ml_engineer"], "duties": ["technical_lead"]},
    "Rita": {"role": "viewer", "duties": ["ethics_reviewer"]},
    "Pia": {"trades": ["product_manager"], "duties": ["product_owner"]},
    "Sol": {"role": "viewer", "duties": ["security"]},
    "Mara": {"role": "viewer"},
}
RULE = {
    "metric": "recall", "comparator": ">=", "threshold": 0.75,
    "constraints": [{"metric": "precision", "comparator": ">=", "threshold": 0.90}],
    "time_box_days": 10,
}
PLAN = {"environment": "production", "rollback_to": "churn-scorer 1.4.2"}
ANSWERS = {
    "technical": {"documentation_complete": "card.md", "rollback_plan_defined": "tried on Tuesday"},
    "ethics": {"safety_eval_passed": "evaluation 7"},
    "business": {"cost_projection_acceptable": "310 a month"},
}
REVIEWER = {"technical": "Tom", "ethics": "Rita", "business": "Pia"}
APPROVER = {"technical_lead": "Tom", "product_owner": "Pia", "security": "Sol"}


class Team:
    def __init__(self, slipway, key):
        self.slipway, self.key = slipway, key
        self.people = {who: slipway.join(key, who, **seat) for who, seat in CAST.items()}

    def __getattr__(self, who):
        return self.people[who.capitalize()]

    def propose(self, rule=RULE, **fields):
        wanted = {"hypothesis": "Device-graph features find more fraud.", "owner": email("Dana"), "rule": rule} | fields
        return self.dana.post(f"/api/v1/projects/{self.key}/experiments", wanted)

    def experiment(self, id):
        return self.dana.get(f"/api/v1/experiments/{id}")

    @contextlib.contextmanager
    def client(self, who):
        """The MLflow client with this person's token."""
        uri = self.slipway.tracking_uri(self.key)
        with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_TOKEN": self.slipway.token(email(who))}):
            mlflow.set_tracking_uri(uri)
            yield MlflowClient()

    def log(self, experiment, who="Lev", status="FINISHED", files=(), tags=None, **metrics):
        """A run as the client logs it; gives its id."""
        with self.client(who) as client:
            run = client.create_run(str(experiment), tags=tags).info.run_id
            client.log_param(run, "model", "forest")
            for key, value in metrics.items():
                client.log_metric(run, key, value)
            for path, text in dict(files).items():
                client.log_text(run, text, path)
            if status != "RUNNING":
                client.set_terminated(run, status)
        return run

    def ask_reviews(self, experiment, **artifacts):
        return self.dana.post(f"/api/v1/experiments/{experiment}/reviews", {"artifacts": artifacts or {"card.md": "# Card"}})

    def review(self, request, kind, decision="accepted", who=None):
        """One reviewer decides, and answers the points that belong to the review."""
        review = next(review for review in request["reviews"] if review["kind"] == kind)
        points = {key: {"state": "pass", "evidence": evidence} for key, evidence in ANSWERS[kind].items()}
        said = {"decision": decision, "note": f"The {kind} side was looked at.", "checklist": points}
        return self.people[who or REVIEWER[kind]].patch(f"/api/v1/reviews/{review['id']}", said)

    def review_all(self, experiment):
        request = self.ask_reviews(experiment)
        for kind in REVIEWER:
            self.review(request, kind)
        return request

    def ask_promotion(self, experiment, run, who="Dana", **plan):
        return self.people[who].post(f"/api/v1/experiments/{experiment}/promotion", {"run_id": run, "plan": PLAN | plan})

    def approve(self, promotion, duty, who=None, **said):
        api = self.people[who or APPROVER[duty]]
        return api.put(f"/api/v1/promotions/{promotion['id']}/approval", {"duty": duty, "note": "Agreed."} | said)

    def withdraw(self, promotion, duty):
        return self.people[APPROVER[duty]].delete(f"/api/v1/promotions/{promotion['id']}/approval", {"duty": duty, "note": "Wait."})

    def promotion(self, promotion, who="Dana"):
        return self.people[who].get(f"/api/v1/promotions/{promotion['id']}")

    def reviewed_bet(self):
        """An experiment with a run that meets its rule, and all reviews accepted."""
        experiment = self.propose()["id"]
        run = self.log(experiment, recall=0.757, precision=0.905, files={"card.md": "# Card", "model/weights.txt": "1 2 3"})
        self.review_all(experiment)
        return experiment, run

    def ready_promotion(self):
        """The promotion of a reviewed bet that lacks nothing but approvals."""
        experiment, run = self.reviewed_bet()
        return experiment, run, self.ask_promotion(experiment, run)
