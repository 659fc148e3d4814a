//! A local folder: `ab/cd/abcd…` for content, `tmp/` for what is still arriving, `parts/` for parts.

use std::{
    fmt, fs,
    io::{ErrorKind, SeekFrom},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    pin::pin,
    time::{Duration, SystemTime},
};

use base::{
    Result,
    refuse::{internal, invalid, not_found},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter},
};
use tokio_util::io::ReaderStream;

use crate::{Part, Reading, Written, explain};

/// How much is handed to the file system at once.
pub(crate) const CHUNK: usize = 256 * 1024;

/// What arrives for longer than this belongs to a server that is no more.
const ABANDONED: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn at(root: PathBuf) -> Result<Self> {
        let folder = Self { root };
        make_folder(&folder.arriving())?;
        folder.sweep();
        Ok(folder)
    }

    pub async fn put<E: fmt::Display>(&self, bytes: impl Stream<Item = Result<Bytes, E>> + Send) -> Result<Written> {
        let temp = Temp::new(&self.arriving())?;
        let written = temp.fill(bytes).await?;
        let to = self.path(&written.sha256);
        tokio::task::spawn_blocking(move || temp.settle(&to)).await.map_err(internal)??;
        Ok(written)
    }

    async fn file(&self, sha256: &str) -> Result<File> {
        match File::open(self.path(sha256)).await {
            Ok(file) => Ok(file),
            Err(e) if e.kind() == ErrorKind::NotFound => Err(not_found("content")),
            Err(e) => Err(explain(e)),
        }
    }

    pub async fn open(&self, sha256: &str, part: Option<Part>) -> Result<Reading> {
        let mut file = self.file(sha256).await?;
        let size = file.metadata().await.map_err(explain)?.len();
        let part = part.unwrap_or(Part { start: 0, length: size });
        if part.start > 0 {
            file.seek(SeekFrom::Start(part.start)).await.map_err(explain)?;
        }
        let chunks = ReaderStream::with_capacity(file.take(part.length), CHUNK);
        Ok(Reading { size, chunks: Box::pin(chunks) })
    }

    pub async fn remove(&self, sha256: &str, age: Duration) -> Result<bool> {
        let path = self.path(sha256);
        if !older(&path, age) {
            return Ok(false);
        }
        match tokio::fs::remove_file(path).await {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(explain(e)),
        }
    }

    pub async fn verify(&self, sha256: &str) -> Result<bool> {
        let mut file = self.file(sha256).await?;
        let mut hasher = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read(&mut chunk).await.map_err(explain)?;
            if read == 0 {
                return Ok(hex::encode(hasher.finalize()) == sha256);
            }
            hasher.update(&chunk[..read]);
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn arriving(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub fn path(&self, sha256: &str) -> PathBuf {
        self.root.join(&sha256[..2]).join(&sha256[2..4]).join(sha256)
    }

    /// Clears away what servers that were killed had begun to write.
    fn sweep(&self) {
        // Another server may be faster.
        for path in abandoned(&self.arriving()) {
            let _ = fs::remove_file(path);
        }
        for path in abandoned(&self.all_parts()) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// A file that vanishes unless it is settled.
pub(crate) struct Temp {
    path: PathBuf,
}

impl Temp {
    pub fn new(folder: &Path) -> Result<Self> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(internal)?;
        Ok(Self { path: folder.join(hex::encode(name)) })
    }

    pub fn create(&self) -> Result<fs::File> {
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path).map_err(explain)
    }

    pub async fn fill<E: fmt::Display>(&self, bytes: impl Stream<Item = Result<Bytes, E>> + Send) -> Result<Written> {
        let mut file = BufWriter::with_capacity(CHUNK, File::from_std(self.create()?));
        let mut hasher = Sha256::new();
        let mut size = 0;
        let mut bytes = pin!(bytes);
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(|e| invalid("body", format!("ended too early ({e}); send it again")))?;
            hasher.update(&chunk);
            size += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(explain)?;
        }
        file.flush().await.map_err(explain)?;
        file.get_ref().sync_all().await.map_err(explain)?;
        Ok(Written { sha256: hex::encode(hasher.finalize()), size })
    }

    /// Gives the file its lasting name. The same content may be there already; then it is replaced
    /// by itself and counts as just written.
    pub fn settle(self, to: &Path) -> Result<()> {
        let folder = to.parent().ok_or_else(|| internal("content without a folder"))?;
        make_folder(folder)?;
        fs::rename(&self.path, to).map_err(explain)?;
        sync_folder(folder)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // Once settled there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a folder and its parents, each durable in its own parent.
fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_folder),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(internal(format!("{}: {e}", path.display()))),
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(explain)
}

fn abandoned(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| older(path, ABANDONED))
}

fn older(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|file| file.modified());
    modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|since| since >= age))
}
