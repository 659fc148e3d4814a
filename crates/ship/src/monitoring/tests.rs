use std::{io::Write, path::PathBuf, process::Command};

use proptest::prelude::*;

use super::*;
use crate::rollout::{self, AskedPlan};

fn plan(environment: &str, rollback_to: &str) -> Plan {
    let asked = serde_json::json!({ "environment": environment, "rollback_to": rollback_to });
    let asked: AskedPlan = serde_json::from_value(asked).unwrap();
    rollout::plan(&asked).unwrap()
}

fn rules(plan: &Plan) -> String {
    let promotion = PromotionId::from("0195-promotion");
    let watched = Watched { promotion: &promotion, experiment: ExperimentId(12), digest: "d1", plan, rule: None };
    prometheus_rules(&watched)
}

/// promtool where `make test` puts it, or from the path; without it these tests prove less.
fn promtool() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/promtool"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("promtool")).chain([beside]).find(|file| file.exists())
}

#[track_caller]
fn accepted(rules: &str) {
    let Some(promtool) = promtool() else {
        eprintln!("promtool is missing: the rules file was not checked by it");
        return;
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(rules.as_bytes()).unwrap();
    let lint = ["check", "rules", "--lint=all", "--lint-fatal"];
    let said = Command::new(promtool).args(lint).arg(file.path()).output().unwrap();
    assert!(said.status.success(), "{}{}\n{rules}", text(&said.stdout), text(&said.stderr));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn promtool_accepts_the_standard_rules() {
    let rules = rules(&plan("production", "churn-scorer 1.4.2"));
    accepted(&rules);
    assert!(
        rules.contains(
            r#"expr: "model_error_rate{experiment='12',environment='production',variant!='control'} > 0.01""#
        )
    );
    assert!(rules.contains(r#"todo: "Roll back to churn-scorer 1.4.2.""#));
}

#[test]
fn promtool_accepts_whatever_people_write() {
    let mut plan = plan("prod'uction \\ \"eu\" {{ query \"up\" }} – ü", "{{{ : #- 1.4");
    // Plans of an older version may hold what is refused today.
    plan.rollback_to.push('\u{2028}');
    for metric in ["0val/auc-roc {{ . }}", "ümlaut", "- a: b\t# c", "a}}b", "{{{{", "{ {", "'", "\u{FFFD}"] {
        plan.limits.push(limit(metric, Comparator::AtLeast, -1e300));
    }
    plan.limits.push(limit("tiny", Comparator::Below, 5e-324));
    accepted(&rules(&plan));
}

fn limit(metric: &str, comparator: Comparator, threshold: f64) -> Limit {
    Limit { metric: metric.into(), comparator, threshold, for_minutes: 3 }
}

#[test]
fn names_become_what_prometheus_allows() {
    assert_eq!(series("val/auc-roc@5"), "model_val_auc_roc_5");
    assert_eq!(series("0.95"), "model_0_95");
    assert_eq!(series("ü"), "model__");
}

#[test]
fn braces_are_printed_and_not_run() {
    assert_eq!(yaml::literal("{{ x }}"), "{{ \"{{\" }} x }}");
    assert_eq!(yaml::quoted("a\"\\\u{2028}\u{1F600}ü"), "\"a\\\"\\\\\\u2028\\U0001F600ü\"");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn promtool_accepts_any_line(environment in "\\PC{1,60}", back in "\\PC{1,60}", metric in "\\PC{1,40}") {
        let mut plan = plan("production", "1.4");
        (plan.environment, plan.rollback_to) = (environment, back);
        plan.limits.push(limit(&metric, Comparator::Above, 0.5));
        accepted(&rules(&plan));
    }
}
