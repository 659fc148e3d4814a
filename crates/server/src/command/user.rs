//! `slipway user add`

use std::io::{BufRead, IsTerminal, stdin};

use base::{
    Result,
    refuse::{internal, invalid},
};
use clap::Subcommand;
use people::password;

use crate::{serve::say, settings::Place};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody who can sign in; also while the server runs
    #[command(
        after_help = "Example: echo 'a long pass phrase' | slipway user add dana@example.org --admin --password-stdin"
    )]
    Add {
        /// What they sign in with
        email: String,
        /// How others see them [default: the part before the @]
        #[arg(long)]
        name: Option<String>,
        /// Make them an administrator of the workspace
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input instead of asking for it (12 characters or more)
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        place: Place,
    },
}

pub fn run(command: User) -> Result<()> {
    let User::Add { email, name, admin, password_stdin, place } = command;
    let password = read_password(password_stdin)?;
    password::check(&password, &email)?;
    let hash = password::hash(&password)?;
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let db = super::open_or_make(place)?;
    let user = db.write_blocking(move |tx| people::user::add(tx, &email, &name, admin, &hash))?;
    say(user.id.as_str());
    Ok(())
}

fn read_password(from_stdin: bool) -> Result<String> {
    if !from_stdin && !stdin().is_terminal() {
        return Err(invalid("--password-stdin", "is needed where nobody can type a password"));
    }
    if !from_stdin {
        eprint!("Password (12 characters or more, shown as you type): ");
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(internal)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
