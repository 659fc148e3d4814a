//! Does what transactions wanted done later. What the store can do alone runs in one transaction
//! with the job's removal. Deliveries to receivers outside, which may be slow, have a lane of their
//! own, in which several are under way.

use std::{sync::Arc, time::Duration};

use base::{PromotionId, Result, refuse::internal};
use blob::Blob;
use db::{
    Db, Tx,
    job::{self, Job, Lane},
};
use feed::webhook::{
    Post,
    delivery::{self, DELIVER},
};
use lab::{artifact, experiment, run};
use plan::item;
use ship::promotion;
use tokio::sync::Semaphore;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Deliveries that are under way at once.
const DELIVERIES: usize = 8;

const WORK: Lane = Lane::AllBut(DELIVER);

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

/// Sends due deliveries until the server ends.
pub async fn deliver(db: Db, post: Post) {
    let room = Arc::new(Semaphore::new(DELIVERIES));
    while let Ok(seat) = Arc::clone(&room).acquire_owned().await {
        match claim(&db, Lane::Only(DELIVER)).await {
            Ok(Some(claimed)) => {
                let (db, post) = (db.clone(), post.clone());
                tokio::spawn(async move {
                    if let Err(error) = settled(&db, &claimed, delivery::deliver(&db, &post, claimed.clone())).await {
                        tracing::warn!(%error, "a delivery failed; it will be tried again");
                    }
                    drop(seat);
                });
            }
            Ok(None) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) => {
                tracing::warn!(%error, "deliveries were not looked for; it will be tried again");
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
    let Some(claimed) = claim(db, WORK).await? else { return Ok(false) };
    settled(db, &claimed, perform(db, blob, claimed.clone())).await?;
    Ok(true)
}

async fn claim(db: &Db, lane: Lane) -> Result<Option<Job>> {
    let due = db.read(move |tx| job::any_due(tx, lane)).await?;
    if due { db.write(move |tx| job::claim(tx, lane)).await } else { Ok(None) }
}

/// What failed waits for its next try.
async fn settled(db: &Db, claimed: &Job, work: impl Future<Output = Result<()>>) -> Result<()> {
    let Err(error) = work.await else { return Ok(()) };
    let failed = claimed.clone();
    db.write(move |tx| job::failed(tx, &failed)).await?;
    Err(error)
}

async fn perform(db: &Db, blob: &Blob, work: Job) -> Result<()> {
    match work.kind.as_str() {
        artifact::SWEEP => artifact::sweep(db, blob, &work.body).await?,
        artifact::upload::EXPIRE => artifact::upload::expire(db, blob, &work.body).await?,
        _ => {
            let settle = move |tx: &mut Tx| {
                settle(tx, &work)?;
                job::done(tx, &work)
            };
            return db.write(settle).await;
        }
    }
    db.write(move |tx| job::done(tx, &work)).await
}

fn settle(tx: &mut Tx, work: &Job) -> Result<()> {
    match work.kind.as_str() {
        experiment::SETTLE => {
            let id = experiment::settle_job(&work.body)?;
            experiment::settle(tx, id)
        }
        run::SETTLE => run::settle(tx, experiment::settle_job(&work.body)?),
        promotion::SETTLE => {
            let id = work.body["id"].as_str().ok_or_else(|| internal("a promotion's job without its id"))?;
            promotion::settle_by_itself(tx, &PromotionId::from(id))
        }
        item::EMPTY => {
            let id = item::empty_job(&work.body)?;
            item::empty(tx, id)
        }
        unknown => Err(internal(format!("nobody does {unknown}"))),
    }
}
