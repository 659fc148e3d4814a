//! Where the data lies and how the server is reached: flags, then `SLIPWAY_*` variables, then
//! `slipway.toml`.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
};

use base::{Result, refuse::invalid};
use clap::Args;
use db::{Clock, Store};
use feed::webhook::target::Allow;
use serde::Deserialize;

/// Options of every command that opens the data.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// Folder of the database and the artifacts [default: ./slipway-data]
    #[arg(long, env = "SLIPWAY_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// PostgreSQL instead of the database in the folder: postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "SLIPWAY_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,

    /// Read settings from this file [default: ./slipway.toml, if there is one]
    #[arg(long, env = "SLIPWAY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct Serving {
    #[command(flatten)]
    pub place: Place,

    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:7117]
    #[arg(long, env = "SLIPWAY_LISTEN", value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,

    /// Folder of the artifacts [default: artifacts, in the data folder]
    #[arg(long, env = "SLIPWAY_ARTIFACTS", value_name = "DIR")]
    pub artifacts: Option<PathBuf>,

    /// The address under which people reach the server, when it is not the one it listens on: https://slipway.example.org
    #[arg(long, env = "SLIPWAY_URL", value_name = "URL")]
    pub url: Option<String>,

    /// Address of a proxy before the server, several with commas: who asks is then read from its X-Forwarded-For
    #[arg(long, env = "SLIPWAY_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    pub proxy: Vec<IpAddr>,

    /// An address inside that webhooks may point to, several with commas: HOST:PORT, or a network like 10.1.0.0/16
    #[arg(long, env = "SLIPWAY_WEBHOOK_ALLOW", value_name = "PLACE", value_delimiter = ',')]
    pub webhook_allow: Vec<Allow>,

    /// Read the time from this file (milliseconds since 1970): for scenarios, on loopback only
    #[arg(long, value_name = "FILE", hide = true)]
    pub clock: Option<PathBuf>,
}

/// What `slipway.toml` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    listen: Option<String>,
    artifacts: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    proxy: Vec<IpAddr>,
    #[serde(default)]
    webhook_allow: Vec<Allow>,
}

/// An address to listen on, as a number or as a name of this machine.
pub fn address(text: &str) -> std::result::Result<SocketAddr, String> {
    let wrong = |e| format!("must be ADDRESS:PORT, like 127.0.0.1:7117 or localhost:7117 ({e})");
    let found: Vec<SocketAddr> = text.to_socket_addrs().map_err(wrong)?.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| format!("{text} names no address of this machine"))
}

impl Place {
    fn file(&self) -> Result<File> {
        let usual = Path::new("slipway.toml");
        let path = match &self.config {
            Some(path) => path.as_path(),
            None if usual.exists() => usual,
            None => return Ok(File::default()),
        };
        let name = path.display();
        let text =
            std::fs::read_to_string(path).map_err(|e| invalid("--config", format!("{name} cannot be read: {e}")))?;
        toml::from_str(&text).map_err(|e| invalid("--config", format!("{name} cannot be understood: {e}")))
    }

    /// This place with what the file adds.
    pub fn resolve(mut self) -> Result<Self> {
        let file = self.file()?;
        self.data = self.data.or(file.data);
        self.database = self.database.or(file.database);
        Ok(self)
    }

    pub fn folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("slipway-data"))
    }

    pub fn store(&self) -> Result<Store> {
        match &self.database {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Store::Postgres(url.clone()))
            }
            Some(_) => {
                Err(invalid("--database", "must start with postgres://; leave it away for the embedded database"))
            }
            None => Ok(Store::Sqlite(self.folder().join("slipway.db"))),
        }
    }
}

impl Serving {
    pub fn resolve(mut self) -> Result<Self> {
        let file = self.place.file()?;
        self.place = self.place.resolve()?;
        if let (None, Some(text)) = (self.listen, file.listen) {
            self.listen = Some(address(&text).map_err(|why| invalid("listen", why))?);
        }
        if self.proxy.is_empty() {
            self.proxy = file.proxy;
        }
        if self.webhook_allow.is_empty() {
            self.webhook_allow = file.webhook_allow;
        }
        self.artifacts = self.artifacts.or(file.artifacts);
        self.url = self.url.or(file.url);
        Ok(self)
    }

    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7117)))
    }

    pub fn artifacts(&self) -> PathBuf {
        self.artifacts.clone().unwrap_or_else(|| self.place.folder().join("artifacts"))
    }

    pub fn clock(&self) -> Result<Clock> {
        match &self.clock {
            None => Ok(Clock::System),
            Some(_) if !self.listen().ip().is_loopback() => Err(invalid("--clock", "works on loopback only")),
            Some(file) => Ok(Clock::File(file.clone())),
        }
    }
}
