//! PostgreSQL: some threads that each own one connection.
//!
//! Writing transactions of all nodes take one advisory lock first, so they run one after the other
//! as on SQLite; appending ones do not, so points flow beside them, several at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc as std_mpsc},
};

use base::{
    Result,
    refuse::{busy, internal},
};
use postgres::{Client, NoTls, Statement, types::ToSql};
use tokio::sync::mpsc;

use crate::{
    Clock, Row, Touched, Tx, Value,
    changes::Changes,
    migrate, notify,
    statistics::Statistics,
    tx::Conn,
    value::postgres_error,
    worker::{self, Work},
};

const READERS: usize = 4;

/// How many threads append, each with a connection. More of them than cores leave each less to commit
/// at once.
pub(crate) fn appenders() -> usize {
    2 * std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4)
}

/// The advisory lock that all writers of one database take. Any fixed number would do.
const WRITE_LOCK: i64 = 0x51_1b_3a_57;

/// So many prepared statements are kept for one connection; past that it starts afresh.
const STATEMENTS: usize = 500;

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Write,
    Append,
    Read,
}

pub(crate) struct Session {
    url: String,
    client: Client,
    statements: HashMap<String, Statement>,
    clock: Clock,
    workspace: Arc<str>,
    mode: Mode,
    /// A savepoint that its closure is done with; it goes together with setting the next one.
    done: bool,
    /// A statement failed, so the transaction (since its savepoint) can only be undone.
    failed: bool,
    /// Statements that may have written something, and those that failed.
    written: u64,
    /// The server gave the transaction up (deadlock, failover) or the connection broke.
    lost: bool,
}

pub(crate) fn start(
    url: &str,
    clock: &Clock,
    writes: mpsc::Receiver<Box<dyn Work>>,
    appends: Vec<mpsc::Receiver<Box<dyn Work>>>,
    reads: mpsc::Receiver<Box<dyn Work>>,
    changes: &Arc<Changes>,
) -> Result<()> {
    let mut writer = Session::open(url, clock, Mode::Write)?;
    migrate::postgres(&mut writer, clock.now())?;
    writer.workspace = writer.read_workspace()?;
    let open = |mode| {
        Ok::<_, base::Error>(Session { workspace: writer.workspace.clone(), ..Session::open(url, clock, mode)? })
    };
    let (tell, told) = std_mpsc::channel();
    for (number, appends) in appends.into_iter().enumerate() {
        let (appender, tell) = (open(Mode::Append)?, tell.clone());
        // The teller ends after the last appender.
        let publish = move |touched| drop(tell.send(touched));
        worker::spawn(&format!("append-{number}"), move || worker::serve_appends(appender, appends, publish))?;
    }
    let reads = Arc::new(Mutex::new(reads));
    for number in 0..READERS {
        let (reader, reads) = (open(Mode::Read)?, Arc::clone(&reads));
        worker::spawn(&format!("read-{number}"), move || worker::serve_reads(reader, &reads))?;
    }
    let (teller, listener, changes) =
        (open(Mode::Append)?, notify::Listener::open(url, &writer.workspace)?, Arc::clone(changes));
    worker::spawn("tell", move || notify::tell(teller, &told))?;
    worker::spawn("listen", move || listener.listen(&changes))?;
    let (statistics, (is_open, closed)) = (Statistics::open(url)?, std_mpsc::channel());
    worker::spawn("statistics", move || statistics.keep(&closed))?;
    worker::spawn("write", move || {
        worker::serve_writes(writer, writes, drop);
        drop(is_open);
    })
}

/// Statements are many and short. To start helpers for one, or to compile it, takes longer than to run it.
const ALONE: &str = "SET max_parallel_workers_per_gather = 0; SET jit = off";

pub(crate) fn connect(url: &str) -> Result<Client> {
    let open = || {
        let mut client = Client::connect(url, NoTls)?;
        client.batch_execute(ALONE)?;
        Ok(client)
    };
    open().map_err(|e: postgres::Error| {
        busy(format!("PostgreSQL does not answer: {e}. Is it running, and is the address right?"))
    })
}

impl Session {
    fn open(url: &str, clock: &Clock, mode: Mode) -> Result<Self> {
        Ok(Self {
            client: connect(url)?,
            url: url.to_owned(),
            statements: HashMap::new(),
            clock: clock.clone(),
            workspace: Arc::default(),
            mode,
            done: false,
            failed: false,
            written: 0,
            lost: false,
        })
    }

    fn read_workspace(&mut self) -> Result<Arc<str>> {
        let workspace = self.first("SELECT workspace FROM event_head", &[], |row| row.get::<String>(0))?;
        Ok(workspace.unwrap_or_default().into())
    }

    pub fn exec(&mut self, sql: &str) -> Result<()> {
        let outcome = self.client.batch_execute(sql);
        outcome.map_err(|e| self.explain(e))
    }

    fn explain(&mut self, error: postgres::Error) -> base::Error {
        self.failed = true;
        self.written += 1;
        let given_up = error.code().is_some_and(|code| matches!(code.code(), "40001" | "40P01" | "57P01" | "57P02"));
        if given_up || self.client.is_closed() {
            self.lost = true;
            return busy("The connection to the database was lost. Try again in a moment.");
        }
        postgres_error(error)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        self.written += u64::from(!sql.starts_with("SELECT"));
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql);
        let statement = statement.map_err(|e| self.explain(e))?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub fn first<T>(&mut self, sql: &str, params: &[Value<'_>], read: impl Fn(&Row) -> Result<T>) -> Result<Option<T>> {
        let statement = self.prepare(sql)?;
        let rows = self.client.query(&statement, &references(params));
        let rows = rows.map_err(|e| self.explain(e))?;
        rows.first().map(|row| read(&Row::Postgres(row))).transpose()
    }

    pub fn each(&mut self, sql: &str, params: &[Value<'_>], mut visit: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        let statement = self.prepare(sql)?;
        let rows = self.client.query(&statement, &references(params));
        for row in rows.map_err(|e| self.explain(e))? {
            visit(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    pub fn run(&mut self, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        let statement = self.prepare(sql)?;
        let changed = self.client.execute(&statement, &references(params));
        changed.map(|n| n as usize).map_err(|e| self.explain(e))
    }

    /// All rows in one statement, with a list for each column.
    pub fn insert_many(&mut self, head: &str, columns: usize, values: &[Value<'_>], tail: &str) -> Result<usize> {
        if values.is_empty() {
            return Ok(0);
        }
        self.written += 1;
        let statement = self.prepare_lists(head, tail)?;
        let column = |place| values.iter().skip(place).step_by(columns).collect();
        let lists: Vec<Vec<&Value>> = (0..columns).map(column).collect();
        let lists: Vec<&(dyn ToSql + Sync)> = lists.iter().map(|list| list as &(dyn ToSql + Sync)).collect();
        let inserted = self.client.execute(&statement, &lists);
        inserted.map(|n| n as usize).map_err(|e| self.explain(e))
    }

    /// `INSERT INTO t (a, b) VALUES`, taking lists. Their types are those of the columns.
    fn prepare_lists(&mut self, head: &str, tail: &str) -> Result<Statement> {
        let key = format!("{head}{tail}");
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let into = head.trim_end_matches("VALUES");
        let (table, names) = into.trim_start_matches("INSERT INTO ").split_once('(').unwrap_or_default();
        let names = names.trim_end().trim_end_matches(')');
        let columns = self.prepare(&format!("SELECT {names} FROM {table}"))?;
        let types = columns.columns().iter().map(|column| column.type_().name());
        let lists: Vec<String> = types.enumerate().map(|(place, name)| format!("${}::{name}[]", place + 1)).collect();
        let statement = self.prepare(&format!("{into}SELECT * FROM unnest({}){tail}", lists.join(", ")))?;
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }
}

fn references<'a>(params: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl worker::Session for Session {
    fn begin(&mut self) -> Result<()> {
        if self.client.is_closed() {
            self.client = connect(&self.url)?;
            self.statements.clear();
        }
        (self.done, self.failed, self.lost) = (false, false, false);
        match self.mode {
            Mode::Write => self.exec(&format!("BEGIN; SELECT pg_advisory_xact_lock({WRITE_LOCK})")),
            Mode::Append => self.exec("BEGIN"),
            Mode::Read => self.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        }
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn savepoint(&mut self) -> Result<()> {
        let done = std::mem::take(&mut self.done);
        self.exec(if done { "RELEASE one; SAVEPOINT one" } else { "SAVEPOINT one" })
    }

    fn release(&mut self) -> Result<()> {
        self.done = true;
        Ok(())
    }

    fn undo_to_savepoint(&mut self) -> Result<()> {
        (self.done, self.failed) = (true, false);
        self.exec("ROLLBACK TO one")
    }

    fn commit(&mut self, touched: &[Touched]) -> Result<()> {
        if self.failed {
            // PostgreSQL would answer COMMIT here, and roll back.
            return Err(internal("a closure went on after a statement had failed"));
        }
        for payload in notify::payloads(touched) {
            let channel = notify::channel(&self.workspace);
            self.run("SELECT pg_notify($1, $2)", &[Value::from(channel), Value::from(payload)])?;
        }
        self.exec("COMMIT")
    }

    fn rollback(&mut self) {
        // Where it fails the connection is gone, and the transaction with it.
        let _ = self.client.batch_execute("ROLLBACK");
    }

    fn lost(&self) -> bool {
        self.lost
    }

    fn tx(&mut self) -> Tx<'_> {
        let (now, workspace) = (self.clock.now(), Arc::clone(&self.workspace));
        Tx::new(Conn::Postgres(self), now, workspace)
    }
}
