//! Someone's seat in a project: what they may do there and what they answer for, looked up once.

use base::{Error, ProjectId, Result, UserId, refuse::forbidden};
use db::Tx;
use people::{Actor, Duty, Right, member};

#[derive(Clone, Debug)]
pub struct Seat {
    pub user: UserId,
    pub duties: Vec<Duty>,
    decide: Option<String>,
    plan: Option<String>,
    administer: Option<String>,
}

impl Seat {
    pub fn of(tx: &mut Tx, actor: &Actor, project: &ProjectId) -> Result<Seat> {
        Ok(Seat {
            user: actor.user.clone(),
            duties: member::duties(tx, project, &actor.user)?,
            decide: people::may(tx, actor, Right::Decide, project)?,
            plan: people::may(tx, actor, Right::Plan, project)?,
            administer: people::may(tx, actor, Right::Administer, project)?,
        })
    }

    /// Refuses those who do not decide here, whatever their duties.
    pub fn not_deciding(&self) -> Option<Error> {
        self.decide.as_ref().map(forbidden)
    }

    pub fn not_planning(&self) -> Option<Error> {
        self.plan.as_ref().map(forbidden)
    }

    pub fn not_administering(&self) -> Option<Error> {
        self.administer.as_ref().map(forbidden)
    }

    pub fn holds(&self, duty: Duty) -> bool {
        self.duties.contains(&duty)
    }
}
