"""The monitoring setup loads into a real Prometheus."""

import shutil
import subprocess

import pytest

from slipway import ROOT
from team import APPROVER


@pytest.fixture
def promtool(tmp_path):
    program = shutil.which("promtool") or str(ROOT / "target/tools/promtool")

    def check(rules):
        file = tmp_path / "rules.yml"
        file.write_text(rules)
        return subprocess.run([program, "check", "rules", str(file)], capture_output=True, text=True, timeout=30)

    return check


def approved(team, rule, plan, **metrics):
    experiment = team.propose(rule, name='Quotes " and \\ and {{ $labels }} and # more: [x]')["id"]
    run = team.log(experiment, **metrics)
    team.review_all(experiment)
    promotion = team.ask_promotion(experiment, run, **plan)
    for duty in APPROVER:
        promotion = team.approve(promotion, duty)
    assert promotion["approved"], promotion["missing"]
    return promotion


RULES = [
    {"metric": "recall", "comparator": ">=", "threshold": 0.75, "constraints": []},
    {"metric": "eval/AUC of week 2", "comparator": ">", "threshold": 1e-300, "constraints": [{"metric": "p95.ms: all", "comparator": "<=", "threshold": 1e6}]},
    {"metric": "Präzision", "comparator": "<", "threshold": 5, "constraints": []},
]
METRICS = [{"recall": 0.8}, {"eval/AUC of week 2": 0.9, "p95.ms: all": 84}, {"Präzision": 4.5}]
PLANS = [
    {},
    {"environment": 'pro"duction\\ {{x}}', "rollback_to": "it's: [1.4.2] & more #1"},
    {"limits": {"p95_latency_ms": 100, "error rate %": {"comparator": "<", "threshold": 0.01}}},
]


@pytest.mark.parametrize("rule, metrics, plan", zip(RULES, METRICS, PLANS))
def test_promtool_accepts_the_rules(team, promtool, rule, metrics, plan):
    promotion = approved(team, rule, plan, **metrics)
    rules = promotion["monitoring_setup"]["prometheus_rules"]
    done = promtool(rules)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr + rules
    served = team.mara.send("GET", f"/api/v1/promotions/{promotion['id']}/monitoring-rules")
    assert served.text == rules and "yaml" in served.headers["Content-Type"]


def test_no_rules_before_the_approval(team):
    *_, promotion = team.ready_promotion()
    assert team.mara.send("GET", f"/api/v1/promotions/{promotion['id']}/monitoring-rules").status_code in (404, 409)
