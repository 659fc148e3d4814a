//! One story on both engines: what a transaction promises, and what the log notices.

use std::{
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex},
};

use base::{Result, Time, refuse::conflict};
use db::{
    Event, Query, Tx,
    event::{self, Finding, Head},
    job::{self, Lane},
    params,
    testing::{MONDAY, TestDb, each_engine},
};
use serde_json::json;

fn add_workspace(tx: &mut Tx, id: &str) -> Result<()> {
    tx.run("INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)", params![id, "Somewhere", tx.now()])?;
    tx.emit(Event::new("system", "workspace.created", format!("workspace:{id}")).body(json!({ "id": id })))?;
    Ok(())
}

fn count(db: &TestDb, sql: &'static str) -> i64 {
    db.read_blocking(move |tx| tx.one(sql, &[], |row| row.get(0))).unwrap()
}

#[test]
fn values_come_back_as_they_went_in() {
    each_engine(|db| {
        let body = json!({ "list": [1, 2.5, "three", null], "text": "ä\u{1F600}" });
        let sent = body.clone();
        db.write_blocking(move |tx| tx.later("check", &sent, Time(i64::MAX))).unwrap();
        let sql = "SELECT kind, body, due, attempts = $1, CAST($2 AS TEXT) FROM job";
        db.read_blocking(move |tx| {
            tx.one(sql, params![0, Option::<String>::None], |row| {
                assert_eq!(row.get::<String>(0)?, "check");
                assert_eq!(row.get::<serde_json::Value>(1)?, body);
                assert_eq!(row.get::<Time>(2)?, Time(i64::MAX));
                assert!(row.get::<bool>(3)?);
                assert_eq!(row.get::<Option<String>>(4)?, None);
                assert!(row.get::<i64>(0).is_err());
                Ok(())
            })
        })
        .unwrap();
    });
}

#[test]
fn a_refused_closure_leaves_nothing_and_its_neighbours_stay() {
    each_engine(|db| {
        db.write_blocking(|tx| add_workspace(tx, "a")).unwrap();
        let refused = db.write_blocking(|tx| {
            add_workspace(tx, "b")?;
            Err::<(), _>(conflict("Changed my mind."))
        });
        assert_eq!(refused.unwrap_err().detail(), "Changed my mind.");
        let twice = db.write_blocking(|tx| add_workspace(tx, "a")).unwrap_err();
        let said = twice.on("workspace_pkey", || conflict("That workspace exists."));
        assert_eq!(said.detail(), "That workspace exists.");
        let panicked = db.write_blocking(|tx| {
            add_workspace(tx, "c")?;
            if tx.now() > Time(0) {
                panic!("a mistake of ours");
            }
            Ok(())
        });
        assert_eq!(panicked.unwrap_err().status(), 500);
        db.write_blocking(|tx| add_workspace(tx, "d")).unwrap();
        assert_eq!(count(db, "SELECT COUNT(*) FROM workspace"), 2);
        assert_eq!(count(db, "SELECT COUNT(*) FROM event"), 2);
    });
}

/// What a closure waits at, until all that shall share its transaction have come.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (open, opened) = &*self.0;
        drop(opened.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
    }

    async fn open(&self) {
        let (open, opened) = &*self.0;
        *open.lock().unwrap() = true;
        opened.notify_all();
    }
}

#[test]
fn whoever_is_refused_late_takes_nobody_along() {
    each_engine(|db| {
        let gate = Gate::default();
        let add = |id: &'static str, kept: bool| {
            let gate = gate.clone();
            db.write(move |tx| {
                gate.pass();
                add_workspace(tx, id)?;
                if kept { Ok(()) } else { Err(conflict("Too late.")) }
            })
        };
        let seen = || db.write(|tx| tx.one("SELECT COUNT(*) FROM workspace", &[], |row| row.get::<i64>(0)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, late, twice, last, seen, ()) = runtime.block_on(async {
            tokio::join!(add("a", true), add("b", false), add("a", true), add("c", true), seen(), gate.open())
        });
        first.unwrap();
        assert_eq!(late.unwrap_err().detail(), "Too late.");
        assert!(twice.is_err());
        last.unwrap();
        assert_eq!(seen.unwrap(), 2, "the closure after them sees what was kept");
        assert_eq!(count(db, "SELECT MAX(seq) FROM event"), 2);
        let found = db.read_blocking(|tx| event::verify(tx, None)).unwrap();
        assert!(matches!(found, Finding::Good(Head { seq: 2, .. })), "{found:?}");
    });
}

#[test]
fn appends_to_many_things_at_once_are_refused_one_by_one() {
    each_engine(|db| {
        let gate = Gate::default();
        let add = |n: i64| {
            let (db, gate, to) = (db.db.clone(), gate.clone(), format!("run {}", n % 40));
            async move {
                let outcome = db.append_to(&to, move |tx| {
                    gate.pass();
                    let sql = "INSERT INTO point (metric, at, step, value, odd) VALUES ($1, 0, $2, 0, 0)";
                    tx.run(sql, params![n % 40, n])?;
                    if n % 10 == 9 { Err(conflict("No.")) } else { Ok(()) }
                });
                assert_eq!(outcome.await.is_err(), n % 10 == 9, "{n}");
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let adding: Vec<_> = (0..80).map(|n| tokio::spawn(add(n))).collect();
            let opening = gate.clone();
            tokio::spawn(async move { opening.open().await });
            for one in adding {
                one.await.unwrap();
            }
        });
        assert_eq!(count(db, "SELECT COUNT(*) FROM point"), 72);
    });
}

#[test]
fn a_reader_cannot_write() {
    each_engine(|db| {
        assert!(db.read_blocking(|tx| add_workspace(tx, "a")).is_err());
        assert_eq!(count(db, "SELECT COUNT(*) FROM workspace"), 0);
    });
}

#[test]
fn a_unique_index_is_known_by_its_name() {
    each_engine(|db| {
        let add = |tx: &mut Tx| {
            let sql = "INSERT INTO project (id, key, name, workstream, created_at, created_by, version)
                       VALUES ($1, 'CHURN', 'Churn', 'production', 0, 'dana', 1)";
            let id = tx.new_id();
            tx.run(sql, params![id])
        };
        db.write_blocking(add).unwrap();
        let refused = db.write_blocking(add).unwrap_err();
        assert_eq!(refused.on("project_key", || conflict("CHURN is taken.")).detail(), "CHURN is taken.");
    });
}

#[test]
fn many_rows_and_optional_filters() {
    each_engine(|db| {
        let values: Vec<_> =
            (0..777).flat_map(|n| [7.into(), n.into(), (n / 2).into(), (n as f64).into(), 0.into()]).collect();
        let insert = move |tx: &mut Tx| {
            let head = "INSERT INTO point (metric, at, step, value, odd) VALUES";
            tx.insert_many(head, 5, &values, " ON CONFLICT DO NOTHING")
        };
        let again = insert.clone();
        assert_eq!(db.write_blocking(insert).unwrap(), 777);
        assert_eq!(db.write_blocking(again).unwrap(), 0);
        let mut query = Query::new("SELECT step FROM point WHERE metric = ");
        query.bind(7).push(" AND at IN (").bind_all([1i64, 5, 9999]).push(") ORDER BY at");
        let steps = db.read_blocking(move |tx| tx.all_q(&query, |row| row.get::<i64>(0))).unwrap();
        assert_eq!(steps, [0, 2]);
    });
}

#[test]
fn writers_from_everywhere_leave_no_gap() {
    each_engine(|db| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        runtime.block_on(async {
            let writers = (0..8).map(|writer| {
                let db = db.db.clone();
                tokio::spawn(async move {
                    for n in 0..100 {
                        let id = format!("{writer}-{n}");
                        let outcome = db.write(move |tx| {
                            add_workspace(tx, &id)?;
                            if n % 10 == 9 { Err(conflict("No.")) } else { Ok(()) }
                        });
                        assert_eq!(outcome.await.is_err(), n % 10 == 9);
                    }
                })
            });
            for writer in writers.collect::<Vec<_>>() {
                writer.await.unwrap();
            }
        });
        assert_eq!(count(db, "SELECT MAX(seq) FROM event"), 720);
        assert_eq!(count(db, "SELECT COUNT(*) FROM event"), 720);
        let found = db.read_blocking(|tx| event::verify(tx, None)).unwrap();
        assert!(matches!(found, Finding::Good(Head { seq: 720, .. })), "{found:?}");
    });
}

#[test]
fn appends_from_everywhere_are_all_there_and_heard_of() {
    each_engine(|db| {
        let mut changes = db.changes();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let appender = |appender: i64| {
            let db = db.db.clone();
            async move {
                for n in 0..100 {
                    let outcome = db.append(move |tx| {
                        let sql = "INSERT INTO point (metric, at, step, value, odd) VALUES ($1, 0, $2, 0, 0)";
                        tx.run(sql, params![appender, n])?;
                        tx.touch(None, format!("run:{appender}"));
                        if n % 10 == 9 { Err(conflict("No.")) } else { Ok(()) }
                    });
                    assert_eq!(outcome.await.is_err(), n % 10 == 9);
                }
            }
        };
        runtime.block_on(async {
            for task in (0..8).map(|number| tokio::spawn(appender(number))).collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
        assert_eq!(count(db, "SELECT COUNT(*) FROM point"), 720);
        let mut heard = BTreeSet::new();
        while heard.len() < 8 {
            heard.extend(changes.blocking_recv().unwrap().iter().map(|touched| touched.name.clone()));
        }
        assert!(heard.contains("run:0") && heard.contains("run:7"), "{heard:?}");
    });
}

#[test]
fn an_answer_never_lies_when_a_failed_statement_was_passed_over() {
    each_engine(|db| {
        let insert = "INSERT INTO workspace (id, name, created_at) VALUES ('a', 'Somewhere', 0)";
        let add = move |tx: &mut Tx| {
            tx.run(insert, &[])?;
            drop(tx.run(insert, &[]));
            Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answered = runtime.block_on(db.append(add)).is_ok();
        assert_eq!(count(db, "SELECT COUNT(*) FROM workspace"), i64::from(answered));
        let answered = answered || db.write_blocking(add).is_ok();
        assert_eq!(count(db, "SELECT COUNT(*) FROM workspace"), i64::from(answered));
    });
}

#[test]
fn listeners_hear_names_once_they_are_committed() {
    each_engine(|db| {
        let mut changes = db.changes();
        db.write_blocking(|tx| add_workspace(tx, "a")).unwrap();
        let heard = changes.blocking_recv().unwrap();
        let names: Vec<_> = heard.iter().map(|touched| touched.name.as_str()).collect();
        assert_eq!(names, ["workspace:a", "events"]);
    });
}

#[test]
fn an_event_refuses_change_and_verification_finds_what_was_forced() {
    each_engine(|db| {
        for id in ["a", "b", "c", "d"] {
            db.write_blocking(move |tx| add_workspace(tx, id)).unwrap();
        }
        let noted = db.read_blocking(event::head).unwrap();
        for forbidden in ["UPDATE event SET actor = 'eve' WHERE seq = 2", "DELETE FROM event WHERE seq = 4"] {
            assert!(db.write_blocking(move |tx| tx.run(forbidden, &[])).is_err(), "{forbidden}");
        }
        let attacks: [(&str, &[&'static str]); 5] = [
            ("column", &["UPDATE event SET actor = 'eve' WHERE seq = 2"]),
            ("body", &["UPDATE event SET body = '{}' WHERE seq = 2"]),
            ("middle", &["DELETE FROM event WHERE seq = 2"]),
            (
                "swap",
                &[
                    "UPDATE event SET seq = 9 WHERE seq = 2",
                    "UPDATE event SET seq = 2 WHERE seq = 3",
                    "UPDATE event SET seq = 3 WHERE seq = 9",
                ],
            ),
            ("end", &["DELETE FROM event WHERE seq = 4"]),
        ];
        for (name, attack) in attacks {
            let seen = noted.clone();
            // The forced change is undone by refusing the closure at its end.
            let found = db.write_blocking(move |tx| {
                db::testing::disarm(tx)?;
                for sql in attack {
                    tx.run(sql, &[])?;
                }
                let found = event::verify(tx, Some(&seen))?;
                Err::<(), _>(conflict(format!("{found:?}")))
            });
            let found = found.unwrap_err();
            let expected = if name == "end" { "Truncated { at: 3, expected: 4 }" } else { "Broken { seq: 2" };
            assert!(found.detail().starts_with(expected), "{name}: {found}");
        }
        let other = Head { seq: 3, hash: "0".repeat(64) };
        let found = db.read_blocking(move |tx| event::verify(tx, Some(&other))).unwrap();
        assert_eq!(found, Finding::Rewritten { seq: 3 });
    });
}

#[test]
fn a_job_is_claimed_once_and_tried_again_after_a_failure() {
    each_engine(|db| {
        let claim = || db.write_blocking(|tx| job::claim(tx, Lane::Only("settle")));
        db.write_blocking(|tx| tx.later("settle", &json!({ "experiment": 1 }), tx.now().plus_days(1))).unwrap();
        assert!(claim().unwrap().is_none());
        db.days_pass(1);
        let elsewhere =
            |tx: &mut Tx| Ok((job::any_due(tx, Lane::AllBut("settle"))?, job::claim(tx, Lane::Only("other"))?));
        let (due, other) = db.write_blocking(elsewhere).unwrap();
        assert!(!due && other.is_none(), "it is no work of another lane");
        let claimed = claim().unwrap().expect("it is due");
        assert_eq!((claimed.kind.as_str(), claimed.attempts), ("settle", 1));
        assert!(claim().unwrap().is_none(), "the claim holds");
        let first = claimed.clone();
        db.write_blocking(move |tx| job::failed(tx, &first)).unwrap();
        assert!(claim().unwrap().is_none(), "it waits a little");
        db.clock.set(Time(MONDAY.plus_days(1).ms() + 10_000));
        let again = claim().unwrap().expect("it is due again");
        assert_eq!(again.attempts, 2);
        db.write_blocking(move |tx| job::done(tx, &again)).unwrap();
        assert_eq!(count(db, "SELECT COUNT(*) FROM job"), 0);
    });
}
