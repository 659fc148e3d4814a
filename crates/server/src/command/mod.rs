//! The command line. What a command prints on standard output is its answer, nothing else.

mod audit;
mod import;
mod token;
mod user;

use std::{net::SocketAddr, process::ExitCode};

use base::{Result, refuse::invalid};
use clap::{Parser, Subcommand};
use db::{Db, Store};

use crate::{
    demo, folder, serve,
    settings::{Place, Serving, address},
};

/// Takes a bet from a hypothesis to a model in production, on evidence.
///
/// Start with `slipway demo` to look around, or with `slipway serve` to begin your own workspace.
#[derive(Debug, Parser)]
#[command(
    name = "slipway",
    version,
    max_term_width = 100,
    after_help = "Settings come from flags, then SLIPWAY_* variables, then slipway.toml.
SLIPWAY_LOG=info shows what the server does."
)]
struct Slipway {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    ///
    /// The first start prints a one-time link to set the workspace up. Clients of MLflow connect with
    /// MLFLOW_TRACKING_URI=http://HOST:PORT/p/PROJECT and MLFLOW_TRACKING_TOKEN.
    Serve(Serving),
    /// Show a throw-away workspace with a small team and real runs
    Demo {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, env = "SLIPWAY_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7117", value_parser = address)]
        listen: SocketAddr,
    },
    /// People of the workspace
    #[command(subcommand)]
    User(user::User),
    /// Tokens that clients and scripts sign in with
    #[command(subcommand)]
    Token(token::Token),
    /// The log of everything that happened
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Bring what another tracking store holds into a project
    #[command(subcommand)]
    Import(import::Import),
}

pub fn run() -> ExitCode {
    let outcome = match Slipway::parse().command {
        Command::Serve(serving) => serve::run(serving).map(|()| ExitCode::SUCCESS),
        Command::Demo { listen } => demo::run(listen).map(|()| ExitCode::SUCCESS),
        Command::User(command) => user::run(command).map(|()| ExitCode::SUCCESS),
        Command::Token(command) => token::run(command).map(|()| ExitCode::SUCCESS),
        Command::Audit(command) => audit::run(command),
        Command::Import(command) => import::run(command),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("slipway: {error}");
        ExitCode::from(2)
    })
}

/// Opens the data, also while a server runs on it.
fn open(place: Place) -> Result<Db> {
    let place = place.resolve()?;
    if let Store::Sqlite(file) = place.store()?
        && !file.exists()
    {
        let folder = place.folder();
        return Err(invalid("--data", format!("there is no workspace in {}; name its folder", folder.display())));
    }
    open_or_make(place)
}

/// As [`open`]; where there is no workspace yet, it begins one.
fn open_or_make(place: Place) -> Result<Db> {
    let place = place.resolve()?;
    if let Store::Sqlite(file) = place.store()? {
        folder::make(&place.folder())?;
        if !file.exists() {
            eprintln!("A new workspace begins in {}.", place.folder().display());
        }
        folder::close_to_others(&file)?;
    }
    Db::open(&db::Settings { store: place.store()?, clock: db::Clock::System })
}
