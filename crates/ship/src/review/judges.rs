//! Whose judgement of an experiment counts now.

use base::{Result, UserId};
use db::Tx;
use people::member;

use super::Kind;
use crate::{gate::with_article, subject::Subject};

/// As with approvals, a judgement counts while its author answers for the duty; and never that of
/// someone who owns the experiment or did.
#[derive(Clone, Debug)]
pub struct Judges(Option<Standing>);

#[derive(Clone, Debug)]
struct Standing {
    owners: Vec<UserId>,
    holders: Vec<(Kind, Vec<UserId>)>,
}

const OWN: &str = "It does not count: nobody judges an experiment of their own.";

impl Judges {
    pub fn now(tx: &mut Tx, subject: &Subject) -> Result<Judges> {
        let mut holders = Vec::new();
        for kind in Kind::ALL {
            let people = member::holders(tx, &subject.project, kind.duty())?;
            holders.push((kind, people.into_iter().map(|person| person.id).collect()));
        }
        Ok(Judges(Some(Standing { owners: subject.owners.clone(), holders })))
    }

    /// For what was deployed: what counted then counts for good.
    pub fn settled() -> Judges {
        Judges(None)
    }

    /// Why this person's judgement does not count; nothing when it does, or when nobody judged.
    pub fn flaw(&self, kind: Kind, judge: Option<&UserId>) -> Option<String> {
        let (standing, judge) = (self.0.as_ref()?, judge?);
        if standing.owners.contains(judge) {
            return Some(OWN.to_owned());
        }
        let holds = standing.holders.iter().any(|(of, holders)| *of == kind && holders.contains(judge));
        (!holds).then(|| {
            let duty = with_article(kind.duty());
            format!("It does not count: this person is no longer {duty} of the project.")
        })
    }
}
