//! A sitting as a table for spreadsheets: a line for each vote that was revealed.

use base::text::csv_text;

use super::{
    Record,
    show::{ItemRounds, RoundShown, VoteShown},
};

const HEAD: &str =
    "item,title,round,state,opened_at,revealed_at,person,card,estimate,consent,noted_by,notes,agreed\r\n";

/// Texts never compute (see [`csv_text`]); lines end as RFC 4180 says. A round without revealed votes
/// has a line of its own.
pub fn table(record: &Record) -> String {
    let mut table = HEAD.to_owned();
    for item in &record.items {
        for round in &item.rounds {
            if round.votes.is_empty() {
                push(&mut table, record, item, round, None);
            }
            for vote in &round.votes {
                push(&mut table, record, item, round, Some(vote));
            }
        }
    }
    table
}

fn push(table: &mut String, record: &Record, item: &ItemRounds, round: &RoundShown, vote: Option<&VoteShown>) {
    let text = |value: Option<&str>| csv_text(value.unwrap_or_default());
    let plain = |value: Option<String>| value.unwrap_or_default();
    let card = vote.and_then(|vote| record.cards.iter().find(|card| card.card == vote.card));
    let consent = vote.and_then(|vote| vote.consent.as_ref());
    let notes: Vec<&str> = round.notes.iter().map(|note| note.text.as_str()).collect();
    let cells = [
        text(Some(&item.key)),
        text(item.item.as_ref().map(|item| item.title.as_str())),
        round.number.to_string(),
        round.state.to_string(),
        round.opened_at.to_string(),
        plain(round.revealed_at.map(|at| at.to_string())),
        text(vote.map(|vote| vote.person.email.as_str())),
        text(vote.map(|vote| vote.card.as_str())),
        plain(card.and_then(|card| card.estimate).map(|estimate| estimate.to_string())),
        text(consent.map(|given| given.card.as_str())),
        text(consent.map(|given| given.by.email.as_str())),
        text(Some(&notes.join(" | "))),
        plain(round.estimate.map(|estimate| estimate.to_string())),
    ];
    table.push_str(&cells.join(","));
    table.push_str("\r\n");
}
