//! The sentences of a pack: plain values in, plain words out.

use base::Day;
use lab::{
    rule::{Comparator, Rule},
    run::Status,
    verdict::{Broken, Overview, PassedOver, Verdict, WhyNot, beside, exact},
};
use plan::{item::Item, spike::Spike};

use super::{
    Choice,
    pack::{MOST_FINISHED, Next, Outcome, Pack},
};

/// Characters of a finding that are told.
const LONGEST_FINDING: usize = 500;

/// What is known of a question.
pub struct Facts<'f> {
    pub item: &'f Item,
    pub owner: Option<&'f str>,
    pub outcome: Outcome,
    pub rule: Option<&'f Rule>,
    pub overview: Option<&'f Overview>,
    pub spike: Option<&'f Spike>,
    pub ends_on: Option<Day>,
    pub days_left: Option<i64>,
    /// Done or given up.
    pub closed: bool,
}

/// "Dana, Mei and Ben".
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}

pub fn count(number: i64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

fn at(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::AtLeast => "at least",
        Comparator::AtMost => "at most",
        Comparator::Above => "more than",
        Comparator::Below => "less than",
    }
}

fn condition(metric: &str, comparator: Comparator, threshold: f64) -> String {
    format!("{metric} of {} {}", at(comparator), exact(threshold))
}

/// What decides the question.
pub fn asks(facts: &Facts) -> Vec<String> {
    let mut said = Vec::new();
    if facts.spike.is_some() {
        said.push("It is answered in writing: yes, no or unknown.".to_owned());
    }
    if let Some(rule) = facts.rule {
        let asks = &rule.asks;
        let on = asks.dataset.as_ref().map(|dataset| format!(", measured on {dataset}")).unwrap_or_default();
        let goal = condition(&asks.metric, asks.comparator, asks.threshold);
        said.push(format!("A finished run must reach {goal}{on}."));
        for kept in &asks.constraints {
            let kept = condition(&kept.metric, kept.comparator, kept.threshold);
            said.push(format!("The same run must keep {kept}."));
        }
        if rule.after_first_run {
            said.push("This was set when there were runs already, so it may have been chosen to fit them.".to_owned());
        }
    }
    said
}

/// What is known.
pub fn found(facts: &Facts) -> Vec<String> {
    let mut said = Vec::new();
    if let Some((answer, finding, ..)) = facts.spike.and_then(|spike| spike.answer.as_ref()) {
        said.push(format!("The answer is {answer}: {}", plain(finding)));
    }
    match (facts.rule, facts.overview) {
        (Some(rule), Some(overview)) => {
            said.push(standing(rule, overview.verdict.as_ref(), facts.ends_on.as_ref()));
            said.extend(overview.passed_over.iter().map(|run| passed_over(rule, run)));
        }
        (None, None) if facts.outcome == Outcome::Open => said.push("It is not answered yet.".to_owned()),
        _ => {}
    }
    said
}

/// The first paragraph of Markdown, without its marks.
fn plain(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let said: String = words.join(" ").replace("**", "").replace('`', "");
    match said.char_indices().nth(LONGEST_FINDING) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said,
    }
}

fn standing(rule: &Rule, verdict: Option<&Verdict>, ends_on: Option<&Day>) -> String {
    let Some(verdict) = verdict else { return "No run was started yet.".to_owned() };
    let asks = &rule.asks;
    let goal = format!("{} {}", at(asks.comparator), exact(asks.threshold));
    let best = verdict.run.as_ref().zip(verdict.value);
    let best = best.map(|(run, value)| (run.name.as_str(), beside(value.0, asks.threshold)));
    let kept = if asks.constraints.is_empty() { "" } else { " and kept all else that was asked" };
    match (verdict.state, best) {
        (lab::verdict::State::Supported, Some((run, value))) => {
            format!("Yes, it holds: {run} reached {} {value}{kept}; {goal} was asked.", asks.metric)
        }
        (lab::verdict::State::Refuted, best) => {
            let end = ends_on.map(|day| format!(" on {}", day.in_words())).unwrap_or_default();
            let best = best.map(|(run, value)| format!(" The best that counts, {run}, reached {value}."));
            format!(
                "No, it does not hold: the time ended{end} and no run that counts reached {goal}.{}",
                best.unwrap_or_default()
            )
        }
        (_, Some((run, value))) => {
            format!(
                "Not decided yet: the best run that counts, {run}, reached {} {value}; {goal} is asked.",
                asks.metric
            )
        }
        (_, None) => "Not decided yet: no run counts so far.".to_owned(),
    }
}

fn passed_over(rule: &Rule, over: &PassedOver) -> String {
    let value = beside(over.value, rule.asks.threshold);
    let why = match &over.why {
        WhyNot::Broken(broken) => {
            let each: Vec<String> = broken.iter().map(breaks).collect();
            listed(&each.iter().map(String::as_str).collect::<Vec<_>>())
        }
        WhyNot::Late => "it came after the time had ended".to_owned(),
        WhyNot::Unfinished(Status::Failed | Status::Killed) => "it failed".to_owned(),
        WhyNot::Unfinished(_) => "it is not finished".to_owned(),
        WhyNot::OtherData => {
            format!("it was not measured on {}", rule.asks.dataset.as_deref().unwrap_or("the data that was agreed"))
        }
    };
    format!("{} looks better with {} {value}, but does not count: {why}.", over.run.name, rule.asks.metric)
}

fn breaks(broken: &Broken) -> String {
    let asked = format!("{} {}", at(broken.comparator), exact(broken.threshold));
    match broken.value {
        Some(value) => format!("{} is {}, where {asked} was asked", broken.metric, beside(value.0, broken.threshold)),
        None => format!("it did not say its {}", broken.metric),
    }
}

/// What can be done next with a question that is open.
pub fn options(facts: &Facts) -> Vec<Next> {
    if facts.closed {
        return Vec::new();
    }
    let next = |choice, says| Next { choice, says };
    vec![
        next(Choice::Continue, going_on(facts)),
        next(Choice::Stop, stopping(facts)),
        next(Choice::Change, changing(facts)),
    ]
}

fn going_on(facts: &Facts) -> String {
    if let Some(blocked) = &facts.item.face.blocked {
        return format!("It goes on, but nothing moves before this is solved: {blocked}");
    }
    let end = facts.ends_on.as_ref().map(Day::in_words).unwrap_or_default();
    match (facts.outcome, facts.days_left) {
        (Outcome::Supported, _) => "It holds: the next step is to ask for the reviews that lead to users.".to_owned(),
        (Outcome::Refuted, _) => "Its time is over: going on needs more days or a lower bar, set anew.".to_owned(),
        (Outcome::Open, Some(days)) => format!("It goes on as planned until {end}; {} left.", are(days)),
        (Outcome::Open, None) if facts.spike.is_some() && facts.ends_on.is_some() => {
            "Its time is over: nothing goes on before its answer is written.".to_owned()
        }
        (Outcome::Open, None) => "It goes on; there is no day by which it must be decided.".to_owned(),
        _ => "It is answered: what is left is to close it.".to_owned(),
    }
}

fn are(days: i64) -> String {
    match days {
        0 => "less than a day is".to_owned(),
        1 => "1 day is".to_owned(),
        many => format!("{many} days are"),
    }
}

fn stopping(facts: &Facts) -> String {
    match facts.outcome {
        Outcome::Open if facts.spike.is_some() => {
            "Nobody works on it any more. Its answer must be written first, if only that it is unknown.".to_owned()
        }
        Outcome::Open => {
            "Nobody works on it any more; the question stays open, and its runs stay to be read.".to_owned()
        }
        Outcome::Supported => "Nobody works on it any more, although it holds; its runs stay to be read.".to_owned(),
        Outcome::Refuted => "Nobody works on it any more: that it does not hold is what was learned.".to_owned(),
        _ => "Nobody works on it any more; the answer stays.".to_owned(),
    }
}

fn changing(facts: &Facts) -> String {
    let told = match facts.owner {
        Some(owner) => format!("{owner} is told."),
        None => "Nobody works on it yet; whoever wrote it down is told.".to_owned(),
    };
    let over = facts.overview.and_then(|overview| overview.passed_over.first());
    match over.map(|over| (&over.run.name, &over.why)) {
        Some((run, WhyNot::Broken(broken))) if facts.outcome != Outcome::Supported => {
            let given: Vec<&str> = broken.iter().map(|broken| broken.metric.as_str()).collect();
            let given = listed(&given);
            format!("Say what shall be different: with another limit for {given}, {run} might do. {told}")
        }
        _ => format!("Say what shall be different. {told}"),
    }
}

/// The whole in a few sentences.
pub fn summary(pack: &Pack) -> Vec<String> {
    let mut said = Vec::new();
    let outcomes =
        |wanted: &[Outcome]| pack.questions.iter().filter(|question| wanted.contains(&question.outcome)).count() as i64;
    let all = pack.questions.len() as i64;
    if all == 0 {
        said.push("No question was open in these days.".to_owned());
    } else {
        let parts = [
            (outcomes(&[Outcome::Supported, Outcome::Yes]), "answered with yes"),
            (outcomes(&[Outcome::Refuted, Outcome::No]), "answered with no"),
            (outcomes(&[Outcome::Unknown]), "without a clear answer"),
            (outcomes(&[Outcome::Open]), "still open"),
        ];
        let parts = parts.into_iter().filter(|(many, _)| *many > 0).map(|(many, what)| format!("{many} {what}"));
        let parts: Vec<String> = parts.collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let which = if pack.more_questions { "The first " } else { "" };
        said.push(format!("{which}{}: {}.", count(all, "question"), listed(&parts)));
    }
    let runs: i64 = pack.questions.iter().filter_map(|question| question.runs).map(|runs| runs.total).sum();
    let cost = match (pack.cost, &pack.currency) {
        (Some(cost), Some(currency)) => format!(", which cost {} {currency}", exact(cost)),
        _ => "; no price of an hour was given, so nothing is said of cost".to_owned(),
    };
    said.push(match runs {
        0 => "No run was made.".to_owned(),
        runs => format!("{} took {}{cost}.", count(runs, "run"), hours(pack.hours)),
    });
    let blocked = pack.questions.iter().filter(|question| question.blocked.is_some()).count() as i64;
    if blocked > 0 {
        said.push(format!("{} cannot go on: it says why.", count(blocked, "question")));
    }
    said.push(match pack.finished.len() as i64 {
        0 => "Nothing was finished.".to_owned(),
        1 => "1 item was finished.".to_owned(),
        many if many >= MOST_FINISHED => format!("{many} items and more were finished."),
        many => format!("{many} items were finished."),
    });
    said
}

fn hours(hours: f64) -> String {
    if hours == 1.0 { "1 hour".to_owned() } else { format!("{} hours", exact(hours)) }
}
