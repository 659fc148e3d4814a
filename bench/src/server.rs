//! The real program, serving in a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Result, engine::Place, peers::resident};

pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(program: &Path, place: &Place) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&place.folder);
        if let Some(url) = &place.url {
            command.env("SLIPWAY_DATABASE", url);
        }
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take();
        let mut server = Self { process, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        server.address = ready(BufReader::new(output.ok_or("no output")?).lines())?;
        Ok(server)
    }

    /// Resident memory.
    pub fn memory_mb(&self) -> f64 {
        resident(self.process.id()) as f64 / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Reads until the server says where it is ready.
fn ready(lines: impl Iterator<Item = std::io::Result<String>>) -> Result<SocketAddr> {
    for line in lines {
        if let Some((_, address)) = line?.split_once("ready at http://") {
            return Ok(address.trim().parse()?);
        }
    }
    Err("the server ended before it was ready".into())
}
