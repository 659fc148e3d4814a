//! Backlogs: Slipway beside Redmine, each alone on a fresh store of this machine with the same 10,000 items, asked the
//! same by the same load generator; and Slipway alone while a backlog grows, and what happens in a sprint.

mod burndown;
mod fill;
mod ground;
mod growth;
mod loads;
mod redmine;

use std::path::Path;

pub use burndown::measure as burndown;
pub use growth::measure as growth;
use loads::{LOADS, Load, Tool};
use redmine::Redmine;

use crate::{
    Result,
    client::{self, Requests},
    engine::Place,
    load::{Bound, Figure},
    server::Server,
    table::thousands,
};

const ITEMS: usize = 10_000;
const CALLERS: usize = 8;

/// Seconds of a load, after a warm-up.
const TIME: f64 = 8.0;
const WARM_UP: f64 = 2.0;

/// What one server did.
struct Column {
    name: &'static str,
    figures: Vec<Figure>,
    /// Resident memory of all its processes at the end.
    memory_mb: f64,
}

/// Measures both on SQLite and prints a table.
pub fn beside_redmine(program: &Path) -> Result<()> {
    let ours = slipway(program)?;
    let theirs = redmine()?;
    print(&ours, &theirs);
    Ok(())
}

fn slipway(program: &Path) -> Result<Column> {
    eprintln!("Slipway …");
    let folder = tempfile::tempdir()?;
    let place = Place { folder: folder.path().to_owned(), url: None };
    let ground = ground::furnish(&place, ITEMS)?;
    let server = Server::start(program, &place)?;
    let tool = Tool::Slipway { address: server.address, secret: ground.secret, person: ground::person(ground::ASKED) };
    let figures = measure(&tool, || place.items())?;
    Ok(Column { name: "Slipway", figures, memory_mb: server.memory_mb() })
}

fn redmine() -> Result<Column> {
    eprintln!("Redmine …");
    let redmine = Redmine::start(ITEMS)?;
    let figures = measure(&redmine.tool, || redmine.items())?;
    Ok(Column { name: "Redmine", figures, memory_mb: redmine.memory_mb()? })
}

/// Sees that the answers are what was asked for, and that what was made is there.
fn measure(tool: &Tool, items: impl Fn() -> Result<usize>) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for load in LOADS {
        tool.check(load)?;
        let mut connections: Vec<Requests> = (0..CALLERS).map(|caller| tool.requests(load, caller)).collect();
        let before = items()?;
        let mut drive = |time| client::drive_past_failures(tool.address(), &mut connections, Bound::seconds(time));
        let first = drive(WARM_UP)?;
        let figure = drive(TIME)?;
        let (made, found) = (first.operations + figure.operations, items()? - before);
        if load == Load::Create && found < made {
            return Err(format!("{made} items were answered, {found} are there").into());
        }
        let figure = tool.of_one(load, figure);
        eprintln!("  {}: {:.1} a second, {} failed", load.words(), figure.rate, figure.failures);
        figures.push(figure);
    }
    Ok(figures)
}

fn print(ours: &Column, theirs: &Column) {
    println!("### Beside Redmine on SQLite\n");
    let (us, them) = (ours.name, theirs.name);
    println!(
        "| of {} items, {CALLERS} connections | {us} | p99 ms | {them} | p99 ms | {us} to {them} | aim |",
        thousands(ITEMS as f64)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (place, load) in LOADS.into_iter().enumerate() {
        let (us, them) = (ours.figures[place], theirs.figures[place]);
        println!(
            "| {} a second | {} | {} | {} | {} | {:.0} × | {} × |",
            load.words(),
            rate(us),
            ms(us),
            rate(them),
            ms(them),
            us.rate / them.rate,
            load.aim()
        );
    }
    let (us, them) = (ours.memory_mb, theirs.memory_mb);
    println!("| memory after all this, MB | {us:.0} | | {them:.0} | | {:.1} × less | |\n", them / us);
    for column in [ours, theirs] {
        for (load, figure) in LOADS.into_iter().zip(&column.figures).filter(|(_, figure)| figure.failures > 0) {
            let asked = figure.failures + figure.operations;
            println!("{} failed at {} of {asked} {}.\n", column.name, figure.failures, load.words());
        }
    }
}

fn rate(figure: Figure) -> String {
    if figure.rate < 100.0 { format!("{:.1}", figure.rate) } else { thousands(figure.rate) }
}

fn ms(figure: Figure) -> String {
    format!("{:.1}", figure.p99.as_secs_f64() * 1e3)
}
