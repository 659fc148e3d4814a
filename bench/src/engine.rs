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

const POINTS: &str =
    "SELECT CAST((SELECT COUNT(*) FROM point) + (SELECT COALESCE(SUM(points), 0) FROM point_block) AS BIGINT)";

const ITEMS: &str = "SELECT COUNT(*) FROM item";

const BYTES_SQLITE: &str =
    "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE 'point%' OR name LIKE 'sqlite_autoindex_point%'";
const BYTES_POSTGRES: &str =
    "SELECT CAST(pg_total_relation_size('point') + pg_total_relation_size('point_block') AS BIGINT)";

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

    /// Lets the engine do what it does in quiet hours: count what lies where.
    pub fn settle(&self) -> Result<()> {
        if let Some(url) = &self.url {
            Client::connect(url, NoTls)?
                .batch_execute("VACUUM ANALYZE run, metric, param, run_tag, item, item_label")?;
        }
        Ok(())
    }

    /// Points in the store, counted past everything that is measured.
    pub fn points(&self) -> Result<usize> {
        Ok(self.number(POINTS, POINTS)? as usize)
    }

    /// What they take on disk.
    pub fn bytes(&self) -> Result<i64> {
        self.number(BYTES_SQLITE, BYTES_POSTGRES)
    }

    /// Items of all projects.
    pub fn items(&self) -> Result<usize> {
        Ok(self.number(ITEMS, ITEMS)? as usize)
    }

    fn number(&self, sqlite: &str, postgres: &str) -> Result<i64> {
        Ok(match &self.url {
            Some(url) => Client::connect(url, NoTls)?.query_one(postgres, &[])?.get(0),
            None => Connection::open(self.folder.join("slipway.db"))?.query_row(sqlite, (), |row| row.get(0))?,
        })
    }
}
