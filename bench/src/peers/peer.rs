//! The servers: how each is started on a fresh store, and what it costs the machine.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use db::{Clock, Db, Settings};
use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::{loads::Load, wire::Wire};
use crate::{
    Result,
    ground::{self, PROJECT},
};

/// A server that is not ready by then has failed.
const PATIENCE: Duration = Duration::from_secs(120);

pub enum Peer {
    Slipway(PathBuf),
    FastTrackMl(PathBuf),
    Mlflow(PathBuf),
}

/// A server with its store; both are gone when it is dropped.
pub struct Running {
    pub name: &'static str,
    pub wire: Wire,
    pub started_in: Duration,
    process: Child,
    folder: TempDir,
    database: Option<(String, String)>,
    keeps_artifacts: bool,
}

impl Peer {
    /// `SLIPWAY_BENCH_FML` and `SLIPWAY_BENCH_MLFLOW` name the programs `fml` and `mlflow`; `bench/run peers` installs them.
    pub fn all(slipway: &Path) -> Vec<Self> {
        let mut all = vec![Self::Slipway(slipway.to_owned())];
        let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
        all.extend(named("SLIPWAY_BENCH_FML").map(Self::FastTrackMl));
        all.extend(named("SLIPWAY_BENCH_MLFLOW").map(Self::Mlflow));
        all
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Slipway(_) => "slipway",
            Self::FastTrackMl(_) => "fasttrackml",
            Self::Mlflow(_) => "mlflow",
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Slipway(_) => "Slipway",
            Self::FastTrackMl(_) => "FastTrackML",
            Self::Mlflow(_) => "MLflow",
        }
    }

    pub fn start(&self, postgres: Option<&str>) -> Result<Running> {
        let folder = tempfile::tempdir()?;
        let database = postgres.map(|server| new_database(server, self.word())).transpose()?;
        let url = database.as_ref().map(|(_, url)| url.as_str());
        let address = free_address()?;
        let secret = match self {
            Self::Slipway(_) => Some(furnish(folder.path(), url)?),
            _ => None,
        };
        let prefix = if secret.is_some() { PREFIX } else { "" };
        let wire = Wire { address, prefix, secret };
        let began = Instant::now();
        let process = self.command(folder.path(), url, address).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let keeps_artifacts = !matches!(self, Self::FastTrackMl(_));
        let started_in = Duration::ZERO;
        let mut running = Running { name: self.name(), wire, started_in, process, folder, database, keeps_artifacts };
        while !running.wire.is_up() {
            if running.process.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err(format!("{} did not start", self.name()).into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        running.started_in = began.elapsed();
        Ok(running)
    }

    fn command(&self, folder: &Path, url: Option<&str>, address: SocketAddr) -> Command {
        let sqlite = |name: &str| format!("sqlite://{name}{}", folder.join("peer.db").display());
        match self {
            Self::Slipway(program) => {
                let mut command = Command::new(program);
                command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(folder);
                if let Some(url) = url {
                    command.env("SLIPWAY_DATABASE", url);
                }
                command
            }
            Self::FastTrackMl(program) => {
                let mut command = Command::new(program);
                let store = url.map_or_else(|| sqlite(""), str::to_owned);
                command.args(["server", "--log-level", "error", "--listen-address", &address.to_string()]);
                command.args(["--database-uri", &store, "--default-artifact-root"]).arg(folder.join("artifacts"));
                command
            }
            Self::Mlflow(program) => {
                let mut command = Command::new(program);
                let store = url.map_or_else(|| sqlite("/"), |url| url.replacen("postgresql", "postgresql+psycopg", 1));
                command.args(["server", "--host", "127.0.0.1", "--port", &address.port().to_string()]);
                command.args(["--backend-store-uri", &store, "--artifacts-destination"]).arg(folder.join("artifacts"));
                command.env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false").env("DO_NOT_TRACK", "true");
                command
            }
        }
    }
}

const PREFIX: &str = "/p/BENCH";

fn furnish(folder: &Path, url: Option<&str>) -> Result<String> {
    assert!(PREFIX.ends_with(PROJECT), "the address names the project");
    let store = match url {
        Some(url) => db::Store::Postgres(url.to_owned()),
        None => db::Store::Sqlite(folder.join("slipway.db")),
    };
    let db = Db::open(&Settings { store, clock: Clock::System }).map_err(|e| e.to_string())?;
    Ok(db.write_blocking(|tx| ground::furnish(tx, 1)).map_err(|e| e.to_string())?.secret)
}

/// A database of its own on the server; answers its name and its address.
fn new_database(server: &str, word: &str) -> Result<(String, String)> {
    let name = format!("bench_{word}_{}", std::process::id());
    Client::connect(server, NoTls)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
    let (address, question) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').ok_or("the address of PostgreSQL names no database")?;
    let host = host.replacen("postgres://", "postgresql://", 1);
    let mark = if question.is_empty() { "" } else { "?" };
    Ok((name.clone(), format!("{host}/{name}{mark}{question}")))
}

pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Running {
    pub fn offers(&self, load: Load) -> bool {
        self.keeps_artifacts || !load.is_artifact()
    }

    /// Resident memory of the process and all it started, in MB.
    pub fn memory_mb(&self) -> Result<f64> {
        memory_mb(&self.process)
    }

    /// What lies in its folder, or in its database, in MB.
    pub fn disk_mb(&self) -> Result<f64> {
        let bytes = match &self.database {
            Some((name, url)) => {
                let row = Client::connect(url, NoTls)?.query_one("SELECT pg_database_size($1)", &[name])?;
                row.get::<_, i64>(0) as u64
            }
            None => size(self.folder.path())?,
        };
        Ok(bytes as f64 / 1e6)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends a process and all that it started.
pub fn end(process: &mut Child) {
    // Its workers first, while they still can be found.
    for process in family(process.id()).unwrap_or_default() {
        drop(Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status());
    }
    drop(process.kill());
    drop(process.wait());
}

/// Resident memory of a process and all that it started.
pub fn memory_mb(process: &Child) -> Result<f64> {
    let kilobytes: u64 = family(process.id())?.into_iter().map(resident).sum();
    Ok(kilobytes as f64 / 1024.0)
}

/// The process and its descendants.
fn family(root: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(process) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        // The name in brackets may hold anything; the parent is the second field after it.
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (process, parent)));
    }
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&one) = family.get(next) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == one).map(|(process, _)| *process));
        next += 1;
    }
    Ok(family)
}

/// Kilobytes.
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Bytes of all files below a folder.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { size(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
