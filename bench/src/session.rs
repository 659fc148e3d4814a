//! All loads on one engine, one after the other: the limits, the store alone, then through HTTP.

use std::{net::SocketAddr, path::Path};

use db::{Clock, Db, Settings};

use crate::{
    KINDS, LOADS, Parts, Result, client,
    engine::Place,
    ground::{self, Ground},
    limit,
    load::{Bound, Figure},
    requests::{self, Target},
    server::Server,
    store,
    table::{Line, What},
};

/// How many callers log single points.
const CALLERS: [usize; 3] = [1, 8, 64];
/// How many callers log batches, and of how many points.
const BATCHERS: usize = 8;
const BATCH: usize = 1_000;

/// Seconds of a load, and batches at most.
const TIME: f64 = 4.0;
const BATCHES: usize = 3_200;

pub struct Session {
    place: Place,
    pub lines: Vec<Line>,
    /// Tells the points of one load from those of another.
    load: i64,
    /// Callers, and points of each call.
    loads: Vec<(usize, usize)>,
}

impl Session {
    pub fn new(program: &Path, parts: &Parts, place: Place) -> Result<Self> {
        let mut session = Self { place, lines: Vec::new(), load: 0, loads: loads(parts) };
        if parts.has("limit", &KINDS) {
            session.limits()?;
        }
        let db =
            Db::open(&Settings { store: session.place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
        let most = CALLERS.into_iter().max().unwrap_or_default();
        let ground = db.write_blocking(move |tx| ground::furnish(tx, most)).map_err(|e| e.to_string())?;
        if parts.has("store", &KINDS) {
            session.store(&db, &ground)?;
        }
        drop(db);
        if parts.has("http", &KINDS) {
            let server = Server::start(program, &session.place)?;
            if parts.has("limit", &KINDS) {
                session.hello(server.address)?;
            }
            session.http(server.address, &ground)?;
        }
        Ok(session)
    }

    fn limits(&mut self) -> Result<()> {
        for (callers, points) in self.loads.clone() {
            let figure = match &self.place.url {
                Some(url) => limit::postgres(url, callers, points, bound(points))?,
                None => limit::sqlite(&self.place.folder, callers, points, bound(points))?,
            };
            self.lines.push(Line { what: What::Driver, callers, points, figure, disk: None });
        }
        Ok(())
    }

    fn store(&mut self, db: &Db, ground: &Ground) -> Result<()> {
        for (callers, points) in self.loads.clone() {
            self.measure(What::Store, callers, points, |load, bound| {
                store::log(db, ground, callers, points, load, bound)
            })?;
        }
        Ok(())
    }

    fn hello(&mut self, address: SocketAddr) -> Result<()> {
        let singles: Vec<usize> = self.loads.iter().filter(|load| load.1 == 1).map(|load| load.0).collect();
        for callers in singles {
            let connections = (0..callers).map(|_| requests::hello(address)).collect();
            let figure = client::drive(address, connections, bound(1))?;
            self.lines.push(Line { what: What::Hello, callers, points: 0, figure, disk: None });
        }
        Ok(())
    }

    fn http(&mut self, address: SocketAddr, ground: &Ground) -> Result<()> {
        for (callers, points) in self.loads.clone() {
            self.measure(What::Http, callers, points, |load, bound| {
                let target = |run: &base::RunId| Target { address, secret: ground.secret.clone(), run: run.clone() };
                let requests = ground.runs[..callers].iter().map(|run| match points {
                    1 => target(run).singles(load),
                    _ => target(run).batches(load, points),
                });
                client::drive(address, requests.collect(), bound)
            })?;
        }
        Ok(())
    }

    /// Warms up, measures, and sees that everything that was answered is there.
    fn measure(
        &mut self,
        what: What,
        callers: usize,
        points: usize,
        log: impl Fn(i64, Bound) -> Result<Figure>,
    ) -> Result<()> {
        let (before, disk_before) = (self.place.points()?, self.place.bytes()?);
        self.load += 2;
        let first = log(self.load, bound(points).part(0.1))?;
        let figure = log(self.load + 1, bound(points))?;
        let (expected, found) = (before + (first.operations + figure.operations) * points, self.place.points()?);
        if found != expected {
            return Err(format!("{callers} callers: {expected} points were answered, {found} are there").into());
        }
        let disk = (self.place.bytes()? - disk_before) as f64 / (found - before).max(1) as f64;
        self.lines.push(Line { what, callers, points, figure, disk: Some(disk) });
        Ok(())
    }
}

fn loads(parts: &Parts) -> Vec<(usize, usize)> {
    let mut loads = Vec::new();
    for callers in CALLERS {
        if parts.has(&callers.to_string(), &LOADS) {
            loads.push((callers, 1));
        }
    }
    if parts.has("batches", &LOADS) {
        loads.push((BATCHERS, BATCH));
    }
    loads
}

fn bound(points: usize) -> Bound {
    let bound = Bound::seconds(TIME);
    if points == 1 { bound } else { bound.at_most(BATCHES) }
}
