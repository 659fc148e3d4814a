use db::Touched;

use super::*;
use crate::{member, testing::each_world};

fn invite(tx: &mut Tx, sam: &crate::Actor) -> Result<Option<String>> {
    let seat = member::Seat { role: crate::Role::Member, trades: vec![], duties: vec![] };
    member::put(tx, sam, "CHURN", "ann@slipway.test", &seat).map(|seated| seated.invitation)
}

#[test]
fn an_invitation_that_ran_out_is_made_again() {
    each_world(|world| {
        let sam = world.actor("Sam");
        let invite = move || {
            world.db.write_blocking({
                let sam = sam.clone();
                move |tx| invite(tx, &sam)
            })
        };
        let old = invite().unwrap().expect("a link for someone unknown");
        assert_eq!(invite().unwrap(), None, "shown once");
        world.db.days_pass(15);
        let refused = world.db.write_blocking(move |tx| take(tx, &old, None, "hash"));
        assert_eq!(refused.unwrap_err().detail(), "This invitation does not work any more. Ask for a new one.");
        let new = invite().unwrap().expect("a new link");
        let mut changes = world.db.db.changes();
        let ann = world.db.write_blocking(move |tx| take(tx, &new, None, "hash")).unwrap();
        let churn = Touched { project: Some(world.churn.id.clone()), name: "members:CHURN".to_owned() };
        let of_users = |touched: &Touched| touched.name == "users";
        let heard = std::iter::repeat_with(|| changes.blocking_recv().unwrap()).find(|all| all.iter().any(of_users));
        assert!(heard.unwrap().contains(&churn), "the project's members see her come in");
        assert_eq!((ann.name.as_str(), ann.state), ("ann", State::Active));
        assert_eq!(invite().unwrap(), None, "who is in needs none");
    });
}
