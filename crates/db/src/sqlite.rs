//! SQLite: one file in write-ahead mode, flushed at every commit; one writing thread, some readers.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Error, Result, refuse::internal};
use rusqlite::{CachedStatement, Connection, ErrorCode, config::DbConfig, params_from_iter};
use tokio::sync::mpsc;

use crate::{
    Clock, Row, Touched, Tx, Value,
    changes::Changes,
    migrate,
    tx::Conn,
    worker::{self, Work},
};

const READERS: usize = 4;

pub(crate) struct Session {
    conn: Connection,
    clock: Clock,
    workspace: Arc<str>,
    /// "table.column, table.column" → the name of the unique index over these columns.
    uniques: HashMap<String, String>,
    writes: bool,
}

pub(crate) fn start(
    file: &Path,
    clock: &Clock,
    writes: mpsc::Receiver<Box<dyn Work>>,
    reads: mpsc::Receiver<Box<dyn Work>>,
    changes: &Arc<Changes>,
) -> Result<()> {
    let mut writer = Session::open(file, clock, true)?;
    migrate::sqlite(&mut writer, clock.now())?;
    writer.learn()?;
    let reads = Arc::new(Mutex::new(reads));
    for number in 0..READERS {
        let mut reader = Session::open(file, clock, false)?;
        reader.learn()?;
        let reads = Arc::clone(&reads);
        worker::spawn(&format!("read-{number}"), move || worker::serve_reads(reader, &reads))?;
    }
    let changes = Arc::clone(changes);
    let publish = move |touched| changes.send(touched);
    worker::spawn("write", move || worker::serve_writes(writer, writes, publish))
}

impl Session {
    fn open(file: &Path, clock: &Clock, writes: bool) -> Result<Self> {
        let conn = Connection::open(file).map_err(|e| internal(format!("{}: {e}", file.display())))?;
        conn.busy_timeout(Duration::from_secs(15)).map_err(internal)?;
        conn.set_prepared_statement_cache_capacity(512);
        // Otherwise SQLite looks at the values that are bound and compiles most joins anew for each.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(internal)?;
        let cache_kib = if writes { 64 * 1024 } else { 8 * 1024 };
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};
             PRAGMA wal_autocheckpoint = 4000; PRAGMA query_only = {};",
            if writes { "OFF" } else { "ON" }
        ))
        .map_err(internal)?;
        Ok(Self { conn, clock: clock.clone(), workspace: Arc::default(), uniques: HashMap::new(), writes })
    }

    /// Reads what every transaction needs to know: the workspace, and what unique indexes are called.
    fn learn(&mut self) -> Result<()> {
        let workspace = self.first("SELECT workspace FROM event_head", &[], |row| row.get::<String>(0))?;
        self.workspace = workspace.unwrap_or_default().into();
        let sql = "SELECT t.name, i.name, i.origin, (SELECT group_concat(t.name || '.' || c.name, ', ') FROM pragma_index_info(i.name) c)
                   FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.\"unique\" = 1";
        let mut uniques = HashMap::new();
        self.each(sql, &[], |row| {
            let (table, index, origin): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let name = if origin == "pk" { format!("{table}_pkey") } else { index };
            uniques.insert(row.get(3)?, name);
            Ok(())
        })?;
        self.uniques = uniques;
        Ok(())
    }

    pub fn exec(&mut self, sql: &str) -> Result<()> {
        self.conn.execute_batch(sql).map_err(|e| self.explain(e))
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        // Numbered parameters are spelled `$1` in the house and on PostgreSQL, `?1` here.
        self.conn.prepare_cached(&sql.replace('$', "?")).map_err(|e| self.explain(e))
    }

    pub fn first<T>(&self, sql: &str, params: &[Value<'_>], read: impl Fn(&Row) -> Result<T>) -> Result<Option<T>> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params_from_iter(params)).map_err(|e| self.explain(e))?;
        let Some(row) = rows.next().map_err(|e| self.explain(e))? else { return Ok(None) };
        read(&Row::Sqlite(row)).map(Some)
    }

    pub fn each(&self, sql: &str, params: &[Value<'_>], mut visit: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params_from_iter(params)).map_err(|e| self.explain(e))?;
        while let Some(row) = rows.next().map_err(|e| self.explain(e))? {
            visit(&Row::Sqlite(row))?;
        }
        Ok(())
    }

    pub fn run(&self, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        self.prepare(sql)?.execute(params_from_iter(params)).map_err(|e| self.explain(e))
    }

    pub fn insert_many(&self, head: &str, columns: usize, values: &[Value<'_>], tail: &str) -> Result<usize> {
        let mut statement = self.prepare(&format!("{head} ({}){tail}", crate::places(1, columns)))?;
        let mut inserted = 0;
        for row in values.chunks_exact(columns) {
            inserted += statement.execute(params_from_iter(row)).map_err(|e| self.explain(e))?;
        }
        Ok(inserted)
    }

    /// What a SQLite error means to the caller.
    fn explain(&self, error: rusqlite::Error) -> Error {
        let rusqlite::Error::SqliteFailure(code, message) = &error else { return internal(error) };
        let message = message.as_deref().unwrap_or_default();
        match code.code {
            ErrorCode::ConstraintViolation => match message.strip_prefix("UNIQUE constraint failed: ") {
                Some(columns) => Error::constraint(self.uniques.get(columns).map_or(columns, String::as_str)),
                None if message.starts_with("FOREIGN KEY") => Error::constraint("foreign_key"),
                None => internal(error),
            },
            ErrorCode::DiskFull => base::refuse::unavailable(
                "The disk that holds Slipway's data is full. Nothing was stored; free some space and try again.",
            ),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                base::refuse::busy("Another program holds the database. Try again in a moment.")
            }
            _ => internal(error),
        }
    }

    fn quick(&self, sql: &str) -> Result<()> {
        self.run(sql, &[]).map(drop)
    }
}

impl worker::Session for Session {
    fn begin(&mut self) -> Result<()> {
        self.quick(if self.writes { "BEGIN IMMEDIATE" } else { "BEGIN" })
    }

    fn written(&self) -> u64 {
        self.conn.total_changes()
    }

    fn savepoint(&mut self) -> Result<()> {
        self.quick("SAVEPOINT one")
    }

    fn release(&mut self) -> Result<()> {
        self.quick("RELEASE one")
    }

    fn undo_to_savepoint(&mut self) -> Result<()> {
        self.quick("ROLLBACK TO one")?;
        self.release()
    }

    fn commit(&mut self, _: &[Touched]) -> Result<()> {
        self.quick("COMMIT")
    }

    fn rollback(&mut self) {
        if !self.conn.is_autocommit() {
            // It fails only where there is nothing left to roll back.
            let _ = self.quick("ROLLBACK");
        }
    }

    fn lost(&self) -> bool {
        self.conn.is_autocommit()
    }

    fn tx(&mut self) -> Tx<'_> {
        let (now, workspace) = (self.clock.now(), Arc::clone(&self.workspace));
        Tx::new(Conn::Sqlite(self), now, workspace)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_join_is_compiled_once() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::open(&folder.path().join("one.db"), &Clock::System, true).unwrap();
        session
            .conn
            .execute_batch("CREATE TABLE a (id TEXT PRIMARY KEY, b INT); CREATE TABLE b (id INTEGER PRIMARY KEY)")
            .unwrap();
        let sql = "SELECT a.b FROM a JOIN b ON b.id = a.b WHERE a.id = $1";
        for id in ["one", "two"] {
            session.first(sql, &[Value::from(id)], |_| Ok(())).unwrap();
        }
        assert_eq!(session.prepare(sql).unwrap().get_status(StatementStatus::RePrepare), 0);
    }
}
