//! What was touched, told to all nodes through PostgreSQL's NOTIFY. A write tells with its commit;
//! appends are told of a moment later and many at once, since PostgreSQL lets only one transaction
//! at a time commit a notification.

use std::{
    collections::HashSet,
    sync::{Arc, mpsc},
    time::Duration,
};

use base::{ProjectId, Result};
use postgres::{Client, fallible_iterator::FallibleIterator};

use crate::{Touched, changes::Changes, pg, worker::Session};

/// For so long names that appends touched are gathered.
const GATHER: Duration = Duration::from_millis(100);

/// PostgreSQL refuses notifications of 8,000 bytes and more.
const NOTIFICATION: usize = 7_500;

/// So often a listener looks whether its store is still open.
const GLANCE: Duration = Duration::from_secs(5);

/// Several workspaces may share a database, each in a schema of its own.
pub(crate) fn channel(workspace: &str) -> String {
    format!("slipway_{workspace}")
}

/// Tells what appends touched, until the last appender has ended.
pub(crate) fn tell(mut session: pg::Session, told: &mpsc::Receiver<Vec<Touched>>) {
    while let Ok(first) = told.recv() {
        std::thread::sleep(GATHER);
        let names: HashSet<Touched> = first.into_iter().chain(told.try_iter().flatten()).collect();
        let names: Vec<Touched> = names.into_iter().collect();
        if let Err(error) = session.begin().and_then(|()| session.commit(&names)) {
            session.rollback();
            tracing::warn!("listeners did not hear of {} names: {error:?}", names.len());
        }
    }
}

/// Names as lines of `project name`, split below the size PostgreSQL takes.
pub(crate) fn payloads(touched: &[Touched]) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for name in touched {
        let line = format!("{}\t{}\n", name.project.as_ref().map_or("", |p| p.as_str()), name.name);
        match payloads.last_mut() {
            Some(last) if last.len() + line.len() <= NOTIFICATION => last.push_str(&line),
            _ => payloads.push(line),
        }
    }
    payloads
}

fn read_line(line: &str) -> Option<Touched> {
    let (project, name) = line.split_once('\t')?;
    let project = (!project.is_empty()).then(|| ProjectId::from(project));
    Some(Touched { project, name: name.to_owned() })
}

/// Hears what all nodes commit.
pub(crate) struct Listener {
    client: Client,
    url: String,
    listen: String,
}

impl Listener {
    pub fn open(url: &str, workspace: &str) -> Result<Self> {
        let listen = format!("LISTEN \"{}\"", channel(workspace));
        Ok(Self { client: pg::connect(url)?, url: url.to_owned(), listen })
    }

    /// Passes on what it hears until the store is closed. A broken connection is opened again.
    pub fn listen(mut self, changes: &Arc<Changes>) {
        let mut missed = false;
        loop {
            if self.client.batch_execute(&self.listen).is_ok() {
                if missed {
                    changes.skip();
                }
                self.hear(changes);
                missed = true;
            }
            if Arc::strong_count(changes) == 1 {
                return;
            }
            std::thread::sleep(Duration::from_millis(500));
            if let Ok(fresh) = pg::connect(&self.url) {
                self.client = fresh;
            }
        }
    }

    /// Until the connection breaks or the store is closed, so that nobody else holds a sender.
    fn hear(&mut self, changes: &Arc<Changes>) {
        while Arc::strong_count(changes) > 1 && !self.client.is_closed() {
            match self.client.notifications().timeout_iter(GLANCE).next() {
                Ok(Some(notification)) => {
                    let touched = notification.payload().lines().filter_map(read_line).collect();
                    changes.send(touched);
                }
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }
}
