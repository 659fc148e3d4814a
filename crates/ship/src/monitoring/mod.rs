//! What watches an approved version: a rules file that Prometheus loads as it is.
//!
//! The serving program reports `model_requests_total` (with `outcome="error"` for failures) and
//! `model_request_duration_seconds_bucket`, and each further figure as a gauge `model_NAME`, where
//! NAME is the metric's name with `_` for everything but letters and digits. All carry the labels
//! `experiment`, `environment` and `variant` (`canary`, `control` or `live`).

pub mod http;
#[cfg(test)]
mod tests;
mod yaml;

use base::{ExperimentId, PromotionId, Result, refuse::conflict};
use db::Tx;
use lab::rule::Comparator;
use people::Actor;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    bundle::Rule,
    deployment, promotion,
    rollout::{Limit, Plan},
};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MonitoringSetup {
    /// A rules file: `promtool check rules` accepts it, `rule_files` loads it.
    pub prometheus_rules: String,
    /// Where the same file can be fetched.
    pub href: String,
}

/// What the rules are made from.
pub struct Watched<'a> {
    pub promotion: &'a PromotionId,
    pub experiment: ExperimentId,
    pub digest: &'a str,
    pub plan: &'a Plan,
    pub rule: Option<&'a Rule>,
}

pub fn setup(watched: &Watched) -> MonitoringSetup {
    let href = format!("/api/v1/promotions/{}/monitoring-rules", watched.promotion);
    MonitoringSetup { prometheus_rules: prometheus_rules(watched), href }
}

/// The rules file of a promotion, for someone who may look at it; refused while it is not approved.
pub fn of_promotion(tx: &mut Tx, actor: &Actor, id: &PromotionId) -> Result<String> {
    let facts = promotion::seen(tx, actor, id)?;
    if facts.approved() {
        return Ok(prometheus_rules(&promotion::watched(&facts)));
    }
    let closed = || conflict("This promotion ended without an approval, so there is nothing to watch.");
    Err(deployment::not_approved(&facts.missing).unwrap_or_else(closed))
}

/// Quality as offline evaluation measures it moves slowly, and labels arrive late.
const QUALITY_MINUTES: i64 = 60;

pub fn prometheus_rules(watched: &Watched) -> String {
    let mut file = yaml::File::new();
    file.comment(&format!("Promotion {}", watched.promotion));
    file.comment(&format!("Bundle {}", watched.digest));
    let name = format!("slipway experiment {} {}", watched.experiment, watched.plan.environment);
    file.group(&format!("{name} figures"));
    record_figures(&mut file, watched);
    file.group(&format!("{name} limits"));
    for limit in limits(watched) {
        watch_limit(&mut file, watched, &limit);
    }
    file.group(&format!("{name} rollout"));
    watch_rollout(&mut file, watched);
    file.text()
}

/// Those of the plan, then what the rule demanded of the evidence, each once.
fn limits(watched: &Watched) -> Vec<Limit> {
    let mut limits = watched.plan.limits.clone();
    let demanded = watched.rule.into_iter().flat_map(|rule| {
        let first = (&rule.asks.metric, rule.asks.comparator, rule.asks.threshold);
        let further = rule.asks.constraints.iter().map(|c| (&c.metric, c.comparator, c.threshold));
        std::iter::once(first).chain(further)
    });
    for (metric, comparator, threshold) in demanded {
        let known = |l: &Limit| l.metric == *metric && l.comparator == comparator && l.threshold == threshold;
        if !limits.iter().any(known) {
            limits.push(Limit { metric: metric.clone(), comparator, threshold, for_minutes: QUALITY_MINUTES });
        }
    }
    limits
}

fn record_figures(file: &mut yaml::File, watched: &Watched) {
    let these = selector(watched, &[]);
    let errors = selector(watched, &["outcome='error'"]);
    let by = "experiment, environment, variant";
    file.record(
        "model_error_rate",
        &format!(
            "sum by ({by}) (rate(model_requests_total{errors}[5m])) / sum by ({by}) (rate(model_requests_total{these}[5m]))"
        ),
    );
    file.record(
        "model_p95_latency_ms",
        &format!(
            "1000 * histogram_quantile(0.95, sum by (le, {by}) (rate(model_request_duration_seconds_bucket{these}[5m])))"
        ),
    );
}

fn watch_limit(file: &mut yaml::File, watched: &Watched, limit: &Limit) {
    let Limit { metric, comparator, threshold, for_minutes } = limit;
    let (must, broken, bound) = (comparator.as_str(), opposite(*comparator), number(*threshold));
    let series = format!("{}{}", series(metric), selector(watched, &["variant!='control'"]));
    let said = format!("{metric} {must} {bound}");
    file.alert(yaml::Alert {
        name: "ModelLimitBroken",
        expr: format!("{series} {broken} {bound}"),
        minutes: *for_minutes,
        labels: vec![("severity", "page"), ("limit", &said)],
        summary: format!("{metric} of experiment {} must be {must} {bound}", watched.experiment),
        value: true,
        todo: format!("Roll back to {}.", watched.plan.rollback_to),
    });
}

fn watch_rollout(file: &mut yaml::File, watched: &Watched) {
    let canary = selector(watched, &["variant='canary'"]);
    let control = selector(watched, &["variant='control'"]);
    let all = selector(watched, &[]);
    let errors = selector(watched, &["outcome='error'", "variant!='control'"]);
    let ours = selector(watched, &["variant!='control'"]);
    let back = format!("Roll back to {}.", watched.plan.rollback_to);
    let mut page = |name, minutes, summary: &str, expr: String, todo: &str| {
        let (labels, summary, todo) = (vec![("severity", "page")], summary.to_owned(), todo.to_owned());
        file.alert(yaml::Alert { name, expr, minutes, labels, summary, value: minutes > 0, todo });
    };
    page(
        "ModelCanaryErrorsAboveControl",
        10,
        "The canary answers with errors more than 1 percentage point above the control",
        format!("model_error_rate{canary} - on (experiment, environment) model_error_rate{control} > 0.01"),
        &back,
    );
    page(
        "ModelCanarySlowerThanControl",
        10,
        "The canary's p95 latency is above 1.5 times the control's",
        format!("model_p95_latency_ms{canary} > on (experiment, environment) 1.5 * model_p95_latency_ms{control}"),
        &back,
    );
    page(
        "ModelErrorBudgetBurnsFast",
        2,
        "The error budget of 0.5 % burns at more than 14.4 times its rate",
        format!(
            "sum(rate(model_requests_total{errors}[1h])) / sum(rate(model_requests_total{ours}[1h])) > 14.4 * 0.005"
        ),
        &back,
    );
    page(
        "ModelEvidenceMissing",
        0,
        "The version reports nothing",
        format!("absent_over_time(model_requests_total{all}[15m])"),
        "Hold the rollout until figures arrive again.",
    );
}

/// `{experiment='12',environment='production',…}`
fn selector(watched: &Watched, further: &[&str]) -> String {
    let environment = yaml::matched(&watched.plan.environment);
    let mut matchers = vec![format!("experiment='{}'", watched.experiment), format!("environment={environment}")];
    matchers.extend(further.iter().map(|matcher| (*matcher).to_owned()));
    format!("{{{}}}", matchers.join(","))
}

/// The name under which Prometheus knows a metric.
pub fn series(metric: &str) -> String {
    let plain = metric.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    format!("model_{}", plain.collect::<String>())
}

fn opposite(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::AtLeast => "<",
        Comparator::AtMost => ">",
        Comparator::Above => "<=",
        Comparator::Below => ">=",
    }
}

/// Digits while they stay short, an exponent beyond.
fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || (1e-6..1e15).contains(&size) => value.to_string(),
        _ => format!("{value:e}"),
    }
}
