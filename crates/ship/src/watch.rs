//! Announces approvals that came or went without an act of this part: a run logged once more, a
//! rule changed, someone lost a duty. Nothing depends on it being quick, since every look and every
//! act computes the state anew; it lets the log and the experiment's stage follow.

use std::{collections::HashSet, time::Duration};

use base::{ProjectId, PromotionId, Result};
use db::{Change, Db, Touched, Tx};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

use crate::promotion::{self, Facts};

/// Changes that come close together are looked at once.
const PAUSE: Duration = Duration::from_millis(500);

type Changes = Receiver<Change>;

/// Where something may differ from what was announced.
enum Changed {
    Projects(HashSet<ProjectId>),
    /// At the start, and when changes came faster than they could be read.
    Anything,
}

/// Until the store is gone.
pub async fn run(db: Db) {
    let mut changes = db.changes();
    let mut changed = Some(Changed::Anything);
    while let Some(now) = changed {
        if let Err(error) = settle(&db, now).await {
            tracing::warn!(%error, "promotions were not looked at; the next change does it");
        }
        changed = next(&mut changes).await;
    }
}

/// What changed since, once it has calmed down for a moment; none when nothing more will come.
async fn next(changes: &mut Changes) -> Option<Changed> {
    let mut projects: HashSet<ProjectId> = match changes.recv().await {
        Ok(touched) if touched.is_gap() => return Some(Changed::Anything),
        Ok(touched) => projects_of(&touched).collect(),
        Err(RecvError::Lagged(_)) => return Some(Changed::Anything),
        Err(RecvError::Closed) => return None,
    };
    tokio::time::sleep(PAUSE).await;
    loop {
        match changes.try_recv() {
            Ok(touched) if touched.is_gap() => return Some(Changed::Anything),
            Ok(touched) => projects.extend(projects_of(&touched)),
            Err(TryRecvError::Lagged(_)) => return Some(Changed::Anything),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(Changed::Projects(projects)),
        }
    }
}

fn projects_of(touched: &[Touched]) -> impl Iterator<Item = ProjectId> {
    touched.iter().filter_map(|touched| touched.project.clone())
}

async fn settle(db: &Db, changed: Changed) -> Result<()> {
    let differing = db.read(move |tx| differing(tx, &changed)).await?;
    for id in differing {
        db.write(move |tx| promotion::settle_by_itself(tx, &id)).await?;
    }
    Ok(())
}

/// Open promotions whose announced approval is not what is true now.
fn differing(tx: &mut Tx, changed: &Changed) -> Result<Vec<PromotionId>> {
    let projects = match changed {
        Changed::Projects(projects) => projects.iter().cloned().collect(),
        Changed::Anything => promotion::store::projects(tx)?,
    };
    let mut differing = Vec::new();
    for project in &projects {
        for row in promotion::store::open_in(tx, project)? {
            let facts = Facts::of(tx, row)?;
            if facts.announced_differs() {
                differing.push(facts.row.id);
            }
        }
    }
    Ok(differing)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use people::{Duty, Role};

    use super::*;
    use crate::story::{Story, each_story, rule};

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Waits until the log tells something about the promotion.
    fn until(story: &Story, id: &PromotionId, kind: &str, times: usize) {
        let began = Instant::now();
        while story.told(id).iter().filter(|told| *told == kind).count() < times {
            assert!(began.elapsed() < PATIENCE, "{kind} was not told");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn the_log_follows_what_others_change() {
        each_story(|story| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
            let id = story.approved().id;
            story.seat("Sol", Role::Member, &[]);
            let watching = runtime.spawn(run(story.world.db.db.clone()));
            until(story, &id, "promotion.reopened", 1);
            assert_eq!(story.stage().as_deref(), Some("in_review"));
            story.seat("Sol", Role::Member, &[Duty::Security]);
            until(story, &id, "promotion.approved", 2);
            story.set_rule(rule(0.5));
            until(story, &id, "promotion.reopened", 2);
            watching.abort();
        });
    }
}
