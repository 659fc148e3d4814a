//! What arrives in parts: `parts/UPLOAD/3` until all of it is there and becomes content.

use std::{
    fmt, fs,
    io::{BufWriter, ErrorKind, Read, Write},
    path::PathBuf,
};

use base::{
    Result,
    refuse::{internal, invalid},
};
use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest, Sha256};

use crate::{
    Written, explain,
    folder::{CHUNK, Folder, Temp},
};

impl Folder {
    /// A part that came before under the same number is replaced.
    pub async fn put_part<E: fmt::Display>(
        &self,
        upload: &str,
        number: u32,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Written> {
        let temp = Temp::new(&self.arriving())?;
        let written = temp.fill(bytes).await?;
        let to = self.part(upload, number);
        tokio::task::spawn_blocking(move || temp.settle(&to)).await.map_err(internal)??;
        Ok(written)
    }

    pub async fn assemble(&self, upload: &str, digests: &[String]) -> Result<Written> {
        let temp = Temp::new(&self.arriving())?;
        let parts: Vec<(PathBuf, String)> =
            (1..).zip(digests).map(|(number, digest)| (self.part(upload, number), digest.clone())).collect();
        let filled = move || join(&temp, &parts).map(|written| (temp, written));
        let (temp, written) = tokio::task::spawn_blocking(filled).await.map_err(internal)??;
        let to = self.path(&written.sha256);
        tokio::task::spawn_blocking(move || temp.settle(&to)).await.map_err(internal)??;
        Ok(written)
    }

    pub async fn drop_parts(&self, upload: &str) -> Result<()> {
        match tokio::fs::remove_dir_all(self.all_parts().join(upload)).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(explain(e)),
            _ => Ok(()),
        }
    }

    pub fn all_parts(&self) -> PathBuf {
        self.root().join("parts")
    }

    fn part(&self, upload: &str, number: u32) -> PathBuf {
        self.all_parts().join(upload).join(number.to_string())
    }
}

/// Writes the parts one after the other; each must be what its digest says.
fn join(temp: &Temp, parts: &[(PathBuf, String)]) -> Result<Written> {
    let mut file = BufWriter::with_capacity(CHUNK, temp.create()?);
    let (mut whole, mut size) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK];
    for (place, (path, digest)) in parts.iter().enumerate() {
        let number = place + 1;
        let mut part = match fs::File::open(path) {
            Ok(part) => part,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(invalid("parts", format!("part {number} has not arrived; upload it, then complete again")));
            }
            Err(e) => return Err(explain(e)),
        };
        let mut hasher = Sha256::new();
        loop {
            let read = part.read(&mut chunk).map_err(explain)?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            whole.update(&chunk[..read]);
            size += read as u64;
            file.write_all(&chunk[..read]).map_err(explain)?;
        }
        if hex::encode(hasher.finalize()) != *digest {
            let why = format!("part {number} is not the one that you name; upload it again, then complete");
            return Err(invalid("parts", why));
        }
    }
    let file = file.into_inner().map_err(|e| explain(e.into_error()))?;
    file.sync_all().map_err(explain)?;
    Ok(Written { sha256: hex::encode(whole.finalize()), size })
}
