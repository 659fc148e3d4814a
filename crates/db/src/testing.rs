//! A fresh store on each engine, for tests.

use base::{Result, Time};

use crate::{Clock, Db, Settings, Store, Tx, tx::Conn};

/// Monday, 2 March 2026, 09:00 UTC: when the stories begin.
pub const MONDAY: Time = Time(1_772_442_000_000);

/// A store of its own that vanishes with this value.
pub struct TestDb {
    pub db: Db,
    pub clock: Clock,
    _folder: tempfile::TempDir,
    schema: Option<(String, String)>,
}

impl std::ops::Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Tells the same story on SQLite and, when `TEST_POSTGRES` names a server, on PostgreSQL.
pub fn each_engine(story: impl Fn(&TestDb)) {
    story(&sqlite());
    if let Some(db) = postgres() {
        story(&db);
    }
}

pub fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::Sqlite(folder.path().join("slipway.db"));
    open(folder, store, None)
}

/// In a folder that stays with the caller.
pub fn sqlite_in(folder: &std::path::Path) -> TestDb {
    std::fs::create_dir_all(folder).expect("a folder");
    let store = Store::Sqlite(folder.join("slipway.db"));
    open(tempfile::tempdir().expect("a temporary folder"), store, None)
}

pub fn postgres() -> Option<TestDb> {
    let url = std::env::var("TEST_POSTGRES").ok()?;
    let schema = format!("test_{}", uuid::Uuid::now_v7().simple());
    on_server(&url, &format!("CREATE SCHEMA {schema}"));
    let mark = if url.contains('?') { '&' } else { '?' };
    let store = Store::Postgres(format!("{url}{mark}options=-csearch_path%3D{schema}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    Some(open(folder, store, Some((url, schema))))
}

fn open(folder: tempfile::TempDir, store: Store, schema: Option<(String, String)>) -> TestDb {
    let clock = Clock::manual(MONDAY);
    let db = Db::open(&Settings { store, clock: clock.clone() }).expect("the store opens");
    TestDb { db, clock, _folder: folder, schema }
}

fn on_server(url: &str, sql: &str) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("TEST_POSTGRES answers");
    client.batch_execute(sql).expect("the statement runs");
}

impl TestDb {
    /// Lets days pass.
    pub fn days_pass(&self, days: i64) {
        self.clock.set(self.clock.now().plus_days(days));
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some((url, schema)) = &self.schema {
            on_server(url, &format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

/// Takes away what keeps events from being changed, as an attacker with the file in hand would.
pub fn disarm(tx: &mut Tx) -> Result<()> {
    let statements: &[&str] = match &tx.conn {
        Conn::Sqlite(_) => &["DROP TRIGGER event_kept_from_update", "DROP TRIGGER event_kept_from_delete"],
        Conn::Postgres(_) => &["ALTER TABLE event DISABLE TRIGGER event_kept"],
    };
    statements.iter().try_for_each(|sql| tx.run(sql, &[]).map(drop))
}
