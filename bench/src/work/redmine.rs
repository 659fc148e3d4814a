//! A Redmine of its own, made and served by `bench/redmine` out of Debian's package.

use std::{
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use super::{ground, loads::Tool};
use crate::{
    Result,
    peers::{end, free_address, memory_mb},
};

/// A server that is not ready by then has failed.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Redmine {
    pub tool: Tool,
    process: Child,
    folder: TempDir,
}

impl Redmine {
    /// `SLIPWAY_BENCH_REDMINE` names the script; `bench/run work` sets it.
    pub fn start(issues: usize) -> Result<Self> {
        let script = std::env::var_os("SLIPWAY_BENCH_REDMINE").map(PathBuf::from);
        let script = script.ok_or("SLIPWAY_BENCH_REDMINE does not name bench/redmine")?;
        let folder = tempfile::tempdir()?;
        let filled = Command::new(&script)
            .arg("fill")
            .arg(folder.path())
            .arg(issues.to_string())
            .stderr(Stdio::inherit())
            .output()?;
        if !filled.status.success() {
            return Err("Redmine could not be set up".into());
        }
        let said: Value = serde_json::from_slice(&filled.stdout)?;
        let key = said["key"].as_str().ok_or("Redmine gave no key")?.to_owned();
        let person = said["people"][ground::ASKED].as_i64().ok_or("Redmine named nobody")?;
        let address = free_address()?;
        let mut serve = Command::new(&script);
        serve.arg("serve").arg(folder.path()).arg(address.port().to_string());
        let process = serve.stdout(Stdio::null()).spawn()?;
        let mut redmine = Self { tool: Tool::Redmine { address, key, person }, process, folder };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if redmine.process.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err("Redmine did not start".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(redmine)
    }

    pub fn items(&self) -> Result<usize> {
        let store = Connection::open(self.folder.path().join("redmine.db"))?;
        store.busy_timeout(Duration::from_secs(5))?;
        Ok(store.query_row("SELECT COUNT(*) FROM issues", (), |row| row.get::<_, i64>(0))? as usize)
    }

    pub fn memory_mb(&self) -> Result<f64> {
        memory_mb(&self.process)
    }
}

impl Drop for Redmine {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}
