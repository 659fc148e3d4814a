//! Reads the log for the webhooks, whenever something was written to it. What happened while no
//! server ran is found at the start.

use std::time::Duration;

use base::Result;
use db::{Change, Db};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{Language, delivery, store};

/// Events that come close together are looked at once.
const PAUSE: Duration = Duration::from_millis(200);

/// Until the store is gone.
pub async fn run(db: Db, language: Language) {
    let mut changes = db.changes();
    loop {
        if let Err(error) = look(&db, language).await {
            tracing::warn!(%error, "webhooks were not told; the next change does it");
        }
        if !something_happened(&mut changes).await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Makes deliveries of everything that has happened until now.
pub async fn look(db: &Db, language: Language) -> Result<()> {
    for id in db.read(store::behind).await? {
        loop {
            let which = id.clone();
            if !db.write(move |tx| delivery::collect(tx, language, &which)).await? {
                break;
            }
        }
    }
    Ok(())
}

/// Waits for a change of the log; false when none will come any more.
async fn something_happened(changes: &mut Receiver<Change>) -> bool {
    loop {
        match changes.recv().await {
            Ok(touched) if touched.iter().any(|touched| touched.name == "events") => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}
