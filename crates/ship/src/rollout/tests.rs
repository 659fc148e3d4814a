use base::Result;
use serde_json::{Value, json};

use super::*;

fn asked(more: Value) -> Result<Plan> {
    let mut plan = json!({ "environment": " production ", "rollback_to": "churn-scorer 1.4.2" });
    plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    plan_of(plan)
}

fn plan_of(json: Value) -> Result<Plan> {
    plan(&serde_json::from_value(json).unwrap())
}

#[track_caller]
fn refused(more: Value, because: &str) {
    let refusal = asked(more).unwrap_err();
    assert_eq!(refusal.status(), 400);
    assert!(refusal.detail().contains(because), "{refusal}");
}

fn unreadable(json: Value) -> String {
    serde_json::from_value::<AskedPlan>(json).unwrap_err().to_string()
}

#[test]
fn a_short_plan_is_filled_in() {
    let plan = asked(json!({})).unwrap();
    assert_eq!(plan.environment, "production");
    let names: Vec<&str> = plan.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["shadow", "canary", "full"]);
    assert_eq!(plan.phases[1].steps, [1.0, 5.0, 25.0, 50.0]);
    assert_eq!(plan.limits, standard_limits());
    assert_eq!(DeploymentPlan::from(plan).rollback.to, "churn-scorer 1.4.2");
}

#[test]
fn phases_of_ones_own() {
    let phases = json!([
        "shadow",
        { "name": "canary", "traffic_percent": 5, "at_least": "48 hours" },
        { "name": "wide", "traffic_percent": 25, "steps": [25, 50] },
        { "name": "full" }
    ]);
    let plan = asked(json!({ "phases": phases })).unwrap();
    assert_eq!(plan.phases[0], standard_phases()[0]);
    assert_eq!((plan.phases[1].at_least.as_str(), &plan.phases[1].steps), ("48 hours", &vec![5.0]));
    assert_eq!(plan.phases[2].stop, standard_phases()[1].stop);
    assert_eq!(plan.phases[2].at_least, "24 hours and 1,000 requests at 25 %");
    assert_eq!(plan.phases[3], standard_phases()[2]);
}

#[test]
fn a_plan_reads_back_as_it_was_stored() {
    let plan = asked(json!({ "limits": { "p95_latency_ms": 100, "cost": 5e-324 } })).unwrap();
    let stored = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
}

#[test]
fn phases_that_make_no_rollout_are_refused() {
    refused(json!({ "phases": [] }), "between 1 and 12");
    refused(json!({ "phases": ["blue-green"] }), "none of shadow, canary and full");
    refused(json!({ "phases": ["full", "full"] }), "name of an earlier phase");
    refused(json!({ "phases": ["shadow", "canary"] }), "end with 100");
    refused(json!({ "phases": ["full", "canary"] }), "less traffic");
    refused(json!({ "phases": [{ "name": "odd", "traffic_percent": 101 }] }), "between 0 and 100");
    refused(json!({ "phases": [{ "name": "odd", "traffic_percent": -1 }, "full"] }), "between 0 and 100");
    refused(json!({ "phases": [{ "name": "odd" }, "full"] }), "traffic_percent");
    refused(json!({ "phases": [{ "name": "odd", "traffic_percent": 5, "steps": [6] }, "full"] }), "begin with");
    refused(json!({ "phases": [{ "name": "a\nb", "traffic_percent": 5 }, "full"] }), "one line");
    assert!(unreadable(json!({ "environment": "e", "rollback_to": "r", "phases": [5] })).contains("name of a phase"));
}

#[test]
fn limits_join_the_standard_ones() {
    let named =
        asked(json!({ "limits": { "p95_latency_ms": 100, "recall": { "comparator": ">=", "threshold": 0.9 } } }));
    let limits = named.unwrap().limits;
    let said: Vec<String> =
        limits.iter().map(|l| format!("{} {} {}", l.metric, l.comparator.as_str(), l.threshold)).collect();
    assert_eq!(
        said,
        ["error_rate <= 0.01", "severe_safety_events <= 0", "psi < 0.25", "p95_latency_ms <= 100", "recall >= 0.9"]
    );
    let listed = json!([{ "metric": "cost", "comparator": "<", "threshold": 3, "for_minutes": 60 }]);
    assert_eq!(asked(json!({ "limits": listed })).unwrap().limits.last().unwrap().for_minutes, 60);
}

#[test]
fn a_metric_is_limited_once_from_each_side() {
    refused(json!({ "limits": { "a": 1, "a ": 2 } }), "plan.limits.a: is limited twice");
    let limit = |metric: &str, comparator: &str| json!({ "metric": metric, "comparator": comparator, "threshold": 3 });
    refused(json!({ "limits": [limit("cost", "<"), limit("\tcost", "<=")] }), "plan.limits.cost: is limited twice");
    let band = asked(json!({ "limits": [limit("share", ">="), limit("share", "<=")] })).unwrap();
    assert_eq!(band.limits.iter().filter(|limit| limit.metric == "share").count(), 2);
    refused(json!({ "limits": { "\u{200B}": 1 } }), "can be seen");
}

#[test]
fn limits_that_cannot_be_watched_are_refused() {
    refused(json!({ "limits": { " ": 1 } }), "must not be empty");
    refused(json!({ "limits": { "cost": { "comparator": "<", "threshold": 1, "for_minutes": -1 } } }), "minutes");
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (format!("m{n}"), json!(1))).collect();
    refused(json!({ "limits": many }), "at most 50");
    assert!(unreadable(json!({ "environment": "e", "rollback_to": "r", "limits": 5 })).contains("bounds by metric"));
    assert!(unreadable(json!({ "environment": "e", "rollback_to": "r", "unknown": 5 })).contains("unknown field"));
}

#[test]
fn environment_and_rollback_are_asked_for() {
    let plan = |environment: &str, back: &str| plan_of(json!({ "environment": environment, "rollback_to": back }));
    assert!(plan("", "1.4").unwrap_err().detail().starts_with("plan.environment"));
    assert!(plan("production", " ").unwrap_err().detail().starts_with("plan.rollback_to"));
    assert!(plan(&"x".repeat(101), "1.4").is_err());
    assert!(unreadable(json!({ "environment": "production" })).contains("rollback_to"));
}
