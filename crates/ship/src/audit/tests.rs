use people::Duty;

use super::*;
use crate::story::{Story, each_story};

fn found(story: &Story) -> Option<String> {
    story.look("Mara", |tx, _| difference(tx)).unwrap()
}

/// Approved, withdrawn, approved again, deployed, and replaced by another deployment.
fn played(story: &Story) {
    let first = story.approved().id;
    story.withdraw("Sol", Duty::Security, &first).unwrap();
    story.world.db.days_pass(1);
    story.approve("Sol", Duty::Security, &first).unwrap();
    story.deploy("Tom", &first).unwrap();
    let second = story.approved().id;
    story.world.db.days_pass(1);
    story.deploy("Tom", &second).unwrap();
}

#[test]
fn the_store_agrees_with_the_log() {
    each_story(|story| {
        assert_eq!(found(story), None, "nothing happened yet");
        played(story);
        assert_eq!(found(story), None);
    });
}

/// What somebody with the database in hand would do to let something out, or to hide that it was.
#[test]
fn what_was_changed_behind_the_log_is_found() {
    each_story(|story| {
        played(story);
        let forged = [
            ("UPDATE approval SET withdrawn_at = 5", "another withdrawn_at"),
            ("UPDATE approval SET user_id = 'nobody' WHERE withdrawn_at IS NOT NULL", "another user"),
            ("UPDATE deployment SET environment = 'elsewhere' WHERE replaced_at IS NULL", "another environment"),
            ("UPDATE deployment SET replaced_at = 7 WHERE replaced_at IS NULL", "another replaced_at"),
            ("DELETE FROM deployment", "is in the log, but not in the store"),
            ("UPDATE bundle SET body = '{}'", "is not what its digest says"),
        ];
        for (statement, said) in forged {
            let undone = story.world.db.write_blocking(move |tx| {
                tx.run(statement, &[])?;
                Err::<(), _>(base::refuse::conflict(difference(tx)?.unwrap_or_default()))
            });
            let detail = undone.unwrap_err().detail().to_owned();
            assert!(detail.contains(said), "{statement}: {detail}");
        }
        assert_eq!(found(story), None, "all of it was undone");
        let insert = "INSERT INTO approval (id, promotion, duty, user_id, digest, given_at)
                      SELECT 'forged', promotion, 'scrum_master', 'nobody', digest, given_at FROM approval LIMIT 1";
        story.world.db.write_blocking(move |tx| tx.run(insert, &[])).unwrap();
        assert_eq!(found(story).unwrap(), "approval forged is in the store, but the log does not know it");
    });
}
