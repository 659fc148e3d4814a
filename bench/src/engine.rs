//! A fresh place for data on either engine, and how many points lie there.

use std::path::PathBuf;

use db::Store;
use postgres::{Client, NoTls};
use rusqlite::Connection;

use crate::Result;

/// A folder, and with PostgreSQL the address of a schema of its own.
pub struct Place {
    pub folder: PathBuf,
    pub url: Option<String>,
}

const POINTS: &str = "SELECT COUNT(*) FROM point";

impl Place {
    /// In a server that is thrown away afterwards.
    pub fn postgres(folder: PathBuf, server: &str) -> Result<Self> {
        let schema = format!("bench_{}", std::process::id());
        Client::connect(server, NoTls)?.batch_execute(&format!("CREATE SCHEMA {schema}"))?;
        let mark = if server.contains('?') { '&' } else { '?' };
        Ok(Self { folder, url: Some(format!("{server}{mark}options=-csearch_path%3D{schema}")) })
    }

    pub fn store(&self) -> Store {
        match &self.url {
            Some(url) => Store::Postgres(url.clone()),
            None => Store::Sqlite(self.folder.join("slipway.db")),
        }
    }

    /// Points in the store, counted past everything that is measured.
    pub fn points(&self) -> Result<usize> {
        let count: i64 = match &self.url {
            Some(url) => Client::connect(url, NoTls)?.query_one(POINTS, &[])?.get(0),
            None => Connection::open(self.folder.join("slipway.db"))?.query_row(POINTS, (), |row| row.get(0))?,
        };
        Ok(count as usize)
    }
}
