//! What rules and stores hold while they run: one transaction on one of the engines.

use std::sync::Arc;

use base::{ProjectId, Result, Time, refuse::not_found};

use crate::{Event, Query, Row, Touched, Value, event, job, pg, sqlite};

pub(crate) enum Conn<'c> {
    Sqlite(&'c sqlite::Session),
    Postgres(&'c mut pg::Session),
}

/// Inside it all code is ordinary and synchronous. An error that a closure returns undoes what the
/// closure did; after a statement failed, return its error instead of going on.
pub struct Tx<'c> {
    pub(crate) conn: Conn<'c>,
    now: Time,
    workspace: Arc<str>,
    touched: Vec<Touched>,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: Conn<'c>, now: Time, workspace: Arc<str>) -> Self {
        Self { conn, now, workspace, touched: Vec::new() }
    }

    /// The first row; none is an error that reads as "no such record".
    pub fn one<T>(&mut self, sql: &str, params: &[Value<'_>], read: impl Fn(&Row) -> Result<T>) -> Result<T> {
        self.first(sql, params, read)?.ok_or_else(|| not_found("record"))
    }

    pub fn first<T>(&mut self, sql: &str, params: &[Value<'_>], read: impl Fn(&Row) -> Result<T>) -> Result<Option<T>> {
        match &mut self.conn {
            Conn::Sqlite(session) => session.first(sql, params, read),
            Conn::Postgres(session) => session.first(sql, params, read),
        }
    }

    pub fn all<T>(&mut self, sql: &str, params: &[Value<'_>], read: impl Fn(&Row) -> Result<T>) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    pub fn each(&mut self, sql: &str, params: &[Value<'_>], visit: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(session) => session.each(sql, params, visit),
            Conn::Postgres(session) => session.each(sql, params, visit),
        }
    }

    /// [`Tx::all`] for a built query.
    pub fn all_q<T>(&mut self, query: &Query, read: impl Fn(&Row) -> Result<T>) -> Result<Vec<T>> {
        self.all(&query.sql, &query.values, read)
    }

    /// [`Tx::first`] for a built query.
    pub fn first_q<T>(&mut self, query: &Query, read: impl Fn(&Row) -> Result<T>) -> Result<Option<T>> {
        self.first(&query.sql, &query.values, read)
    }

    /// How many rows the statement changed.
    pub fn run(&mut self, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        match &mut self.conn {
            Conn::Sqlite(session) => session.run(sql, params),
            Conn::Postgres(session) => session.run(sql, params),
        }
    }

    /// [`Tx::run`] for a built query.
    pub fn run_q(&mut self, query: &Query) -> Result<usize> {
        self.run(&query.sql, &query.values)
    }

    /// Inserts rows of `columns` values each, given one after the other in `values`. `head` ends
    /// with `VALUES`, `tail` may hold an `ON CONFLICT` clause. Answers how many rows were inserted.
    pub fn insert_many(&mut self, head: &str, columns: usize, values: &[Value<'_>], tail: &str) -> Result<usize> {
        if values.is_empty() {
            return Ok(0);
        }
        match &mut self.conn {
            Conn::Sqlite(session) => session.insert_many(head, columns, values, tail),
            Conn::Postgres(session) => session.insert_many(head, columns, values, tail),
        }
    }

    /// Writes what happened into the log, in this transaction, and touches its subject.
    /// Answers the event's number.
    pub fn emit(&mut self, event: Event) -> Result<i64> {
        event::append(self, event)
    }

    /// Says that pages showing `name` should read again once this is committed.
    pub fn touch(&mut self, project: Option<&ProjectId>, name: impl Into<String>) {
        let touched = Touched { project: project.cloned(), name: name.into() };
        if !self.touched.contains(&touched) {
            self.touched.push(touched);
        }
    }

    /// Wants background work done at a time. It is done at least once, so it must bear repetition.
    pub fn later(&mut self, kind: &str, body: &serde_json::Value, due: Time) -> Result<()> {
        job::add(self, kind, body, due)
    }

    /// The same moment for everything in this transaction.
    pub fn now(&self) -> Time {
        self.now
    }

    /// A UUIDv7: ids made later sort later.
    pub fn new_id(&mut self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// A [`Tx::new_id`] as 32 hexadecimal digits. What is made together lies together in every index over it.
    pub fn new_hex_id(&mut self) -> String {
        uuid::Uuid::now_v7().simple().to_string()
    }

    /// 128 random bits as 32 hexadecimal digits.
    pub fn new_hex(&mut self) -> String {
        uuid::Uuid::from_bytes(random()).simple().to_string()
    }

    /// The id of the workspace whose data this is.
    pub fn workspace(&self) -> Arc<str> {
        Arc::clone(&self.workspace)
    }

    pub(crate) fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
