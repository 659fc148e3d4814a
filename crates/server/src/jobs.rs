//! Does what transactions wanted done later. What the store can do alone runs in one transaction
//! with the job's removal.

use std::time::Duration;

use base::{PromotionId, Result, refuse::internal};
use blob::Blob;
use db::{
    Db, Tx,
    job::{self, Job},
};
use lab::{artifact, experiment};
use ship::promotion;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks for due work until the server ends.
pub async fn run(db: Db, blob: Blob) {
    loop {
        match next(&db, &blob).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) => {
                tracing::warn!(%error, "background work failed; it will be tried again");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Does what is due now, and returns.
pub async fn catch_up(db: &Db, blob: &Blob) -> Result<()> {
    while next(db, blob).await? {}
    Ok(())
}

/// Whether there was something to do.
async fn next(db: &Db, blob: &Blob) -> Result<bool> {
    let due = db.read(job::any_due).await?;
    let Some(claimed) = (if due { db.write(job::claim).await? } else { None }) else { return Ok(false) };
    if let Err(error) = perform(db, blob, claimed.clone()).await {
        db.write(move |tx| job::failed(tx, &claimed)).await?;
        return Err(error);
    }
    Ok(true)
}

async fn perform(db: &Db, blob: &Blob, work: Job) -> Result<()> {
    if work.kind == artifact::SWEEP {
        artifact::sweep(db, blob, &work.body).await?;
        return db.write(move |tx| job::done(tx, &work)).await;
    }
    let settle = move |tx: &mut Tx| {
        settle(tx, &work)?;
        job::done(tx, &work)
    };
    db.write(settle).await
}

fn settle(tx: &mut Tx, work: &Job) -> Result<()> {
    match work.kind.as_str() {
        experiment::SETTLE => {
            let id = experiment::settle_job(&work.body)?;
            experiment::settle(tx, id)
        }
        promotion::SETTLE => {
            let id = work.body["id"].as_str().ok_or_else(|| internal("a promotion's job without its id"))?;
            promotion::settle_by_itself(tx, &PromotionId::from(id))
        }
        unknown => Err(internal(format!("nobody does {unknown}"))),
    }
}
