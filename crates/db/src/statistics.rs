//! What PostgreSQL knows of how much lies in its tables. It counts them by itself, but looks only once a
//! minute which have grown, and knows nothing of those that were just filled: its plans take them for
//! nearly empty. So a server that fills tables looks more often.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use base::Result;
use postgres::Client;

use crate::pg;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tables that hold a tenth more rows than when they were counted, and some more where they are small.
const GROWN: &str = "SELECT QUOTE_IDENT(c.relname) FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = CURRENT_SCHEMA() AND s.n_live_tup > 1.1 * GREATEST(c.reltuples, 0) + 200";

pub(crate) struct Statistics {
    client: Client,
    url: String,
}

impl Statistics {
    pub fn open(url: &str) -> Result<Self> {
        Ok(Self { client: pg::connect(url)?, url: url.to_owned() })
    }

    /// Keeps them true until the sender of `closed` is gone. A broken connection is opened again.
    pub fn keep(mut self, closed: &Receiver<()>) {
        while closed.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let renewed = self.renew();
            if self.client.is_closed() {
                if let Ok(fresh) = pg::connect(&self.url) {
                    self.client = fresh;
                }
            } else if let Err(error) = renewed {
                tracing::warn!(%error, "PostgreSQL did not count its tables; searches may be slow");
            }
        }
    }

    /// Each table by itself, so that no lock is held long. One that another node or the engine counts
    /// already is left to it.
    fn renew(&mut self) -> std::result::Result<(), postgres::Error> {
        for row in self.client.query(GROWN, &[])? {
            self.client.batch_execute(&format!("ANALYZE (SKIP_LOCKED) {}", row.get::<_, String>(0)))?;
        }
        Ok(())
    }
}
