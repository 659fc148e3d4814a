//! `slipway audit verify`

use std::process::ExitCode;

use base::{Result, refuse::invalid};
use clap::Subcommand;
use db::event::{self, Finding, Head};

use crate::{serve::say, settings::Place};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recompute the chain of all events, and compare approvals and deployments with it
    ///
    /// Exit code 0: good, the head is printed. 3: an event is missing, changed or out of order. 4: what the
    /// store holds of approvals, deployments or approved bundles is not what the log told. 5: the log was cut. 6: the log was rewritten. 2: the command could not run. A cut or rewritten end shows only
    /// against a head that was noted earlier: give it with --head.
    #[command(after_help = "Example: slipway audit verify --head 1812:9f2c…")]
    Verify {
        /// A head that an earlier verification printed, as SEQ:HASH
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

pub fn run(command: Audit) -> Result<ExitCode> {
    let Audit::Verify { head, place } = command;
    let seen = head.as_deref().map(parse).transpose()?;
    let db = super::open(place)?;
    let (found, difference) = db.read_blocking(move |tx| {
        let found = event::verify(tx, seen.as_ref())?;
        Ok((found, ship::audit::difference(tx)?))
    })?;
    let (line, code) = match found {
        Finding::Good(head) if difference.is_some() => {
            let differs = difference.unwrap_or_default();
            (format!("differs: {differs} ({} events, head {}:{})", head.seq, head.seq, head.hash), 4)
        }
        Finding::Good(head) => (format!("good: {} events, head {}:{}", head.seq, head.seq, head.hash), 0),
        Finding::Broken { seq, why } => (format!("broken at event {seq}: {why}"), 3),
        Finding::Truncated { at, expected } => {
            (format!("cut: the log ends at event {at}, but event {expected} was seen"), 5)
        }
        Finding::Rewritten { seq } => (format!("rewritten: event {seq} is not the one that was seen"), 6),
    };
    say(&line);
    Ok(ExitCode::from(code))
}

fn parse(head: &str) -> Result<Head> {
    let wrong = || invalid("--head", "must be SEQ:HASH as an earlier verification printed it");
    let (seq, hash) = head.split_once(':').ok_or_else(wrong)?;
    Ok(Head { seq: seq.parse().map_err(|_| wrong())?, hash: hash.to_owned() })
}
