//! `slipway token new`

use base::{Result, refuse::invalid};
use clap::Subcommand;
use people::{Scope, token};

use crate::{serve::say, settings::Place};

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it alone; also while the server runs
    #[command(
        after_help = "Example: export MLFLOW_TRACKING_TOKEN=$(slipway token new --user dana@example.org --name notebook --scope track)"
    )]
    New {
        /// E-mail address of the user who acts through it
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// read: look; track: log runs too; full: all that the user may do
        #[arg(long, default_value = "full", value_parser = ["read", "track", "full"])]
        scope: String,
        /// Key of the only project that it opens [default: all of the user's]
        #[arg(long, value_name = "KEY")]
        project: Option<String>,
        /// Days until it ends
        #[arg(long, default_value_t = 365)]
        days: i64,
        #[command(flatten)]
        place: Place,
    },
}

pub fn run(command: Token) -> Result<()> {
    let Token::New { user, name, scope, project, days, place } = command;
    let scope = Scope::parse(&scope).ok_or_else(|| invalid("--scope", "must be read, track or full"))?;
    let new = token::NewToken { name, scope: Some(scope), project, days: Some(days) };
    let db = super::open(place)?;
    let issued = db.write_blocking(move |tx| {
        let owner = people::user::actor(tx, &user)?;
        token::issue(tx, &owner.user, &new)
    })?;
    say(&issued.secret);
    Ok(())
}
