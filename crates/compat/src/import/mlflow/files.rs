//! Artifacts of runs and models. Their bytes are durable before their paths are written, so a path
//! that is here is whole.

use std::collections::HashMap;

use base::Result;
use blob::Written;
use lab::artifact::{self, Path};

use super::{
    Row,
    bring::Import,
    shape::{Bytes, File, Files, Owner},
    tally::Unseen,
};

/// Paths of a transaction.
const BATCH: usize = 100;

impl Import<'_> {
    /// Brings what is not here; answers the paths that must be here afterwards. `root` is none where
    /// a dry import would make it; where the owner has ended, its files here stay as they are.
    pub(super) fn files(
        &mut self,
        owner: Owner,
        root: Option<&Path>,
        here: &HashMap<String, u64>,
        closed: Option<&str>,
        ended: bool,
    ) -> Result<Vec<String>> {
        let listed = match self.source.files(owner)? {
            Files::Here(listed) => listed,
            Files::Elsewhere(why) => {
                self.tally.leave_unseen(Unseen::Artifacts, why);
                return Ok(Vec::new());
            }
        };
        self.broken(listed.broken);
        let (mut kept, mut waiting) = (Vec::new(), Vec::new());
        for file in listed.items {
            if let Some(size) = here.get(&file.path).filter(|size| **size == file.size || closed.is_some()) {
                self.add_file(*size);
                self.tally.before.add(Row::Files, 1);
                self.tally.before.add(Row::Bytes, *size);
                if self.to.dry && closed.is_none() {
                    self.tally.after.add(Row::Files, 1);
                    self.tally.after.add(Row::Bytes, *size);
                }
                kept.push(file.path);
                continue;
            }
            if ended && here.contains_key(&file.path) {
                self.leave_file_out::<()>(&file, "its run has ended here with another file of this name");
                continue;
            }
            if let Some(written) = self.file(owner, root, &file, closed)? {
                waiting.extend(written);
                kept.push(file.path);
            }
            if waiting.len() == BATCH {
                self.write_files(std::mem::take(&mut waiting))?;
                self.report();
            }
        }
        self.write_files(waiting)?;
        Ok(kept)
    }

    /// None where the file is left out; nothing in it where nothing is written.
    fn file(
        &mut self,
        owner: Owner,
        root: Option<&Path>,
        file: &File,
        closed: Option<&str>,
    ) -> Result<Option<Option<(Path, Written)>>> {
        // A dry import checks the path below a root like the one that would be made.
        let root = root.cloned().unwrap_or_else(|| Path::run_root(base::ExperimentId(0), &"0".into()));
        let path = root.join(&file.path).map_err(|refusal| refusal.detail().to_owned());
        let path = path.and_then(|path| closed.map_or(Ok(path), |why| Err(why.to_owned())));
        let path = match path {
            Ok(path) => path,
            Err(why) => return Ok(self.leave_file_out(file, &why)),
        };
        if self.to.dry {
            self.add_file(file.size);
            self.tally.after.add(Row::Files, 1);
            self.tally.after.add(Row::Bytes, file.size);
            return Ok(Some(None));
        }
        match self.source.bytes(owner, &file.path)? {
            Bytes::Found(bytes) => {
                let written = (self.to.keep)(bytes)?;
                if file.size != 0 && written.size != file.size {
                    self.add_file(file.size);
                    self.tally.tear();
                    self.sweep(vec![written.sha256])?;
                    return Ok(None);
                }
                self.add_file(written.size);
                Ok(Some(Some((path, written))))
            }
            Bytes::Gone(why) => Ok(self.leave_file_out(file, &why)),
        }
    }

    fn add_file(&mut self, size: u64) {
        self.tally.source.add(Row::Files, 1);
        self.tally.source.add(Row::Bytes, size);
    }

    fn leave_file_out<T>(&mut self, file: &File, why: &str) -> Option<T> {
        self.add_file(file.size);
        self.tally.leave_out(Row::Files, 1, why);
        self.tally.leave_out(Row::Bytes, file.size, why);
        None
    }

    pub(super) fn leave_files_out(&mut self, owner: Owner, why: &str) -> Result<()> {
        let Files::Here(listed) = self.source.files(owner)? else { return Ok(()) };
        self.broken(listed.broken);
        for file in listed.items {
            self.leave_file_out::<()>(&file, why);
        }
        Ok(())
    }

    fn write_files(&self, files: Vec<(Path, Written)>) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let actor = self.to.actor.clone();
        let arrived = files.iter().map(|(_, written)| written.sha256.clone()).collect();
        let written = self.to.db.write_blocking(move |tx| {
            files.iter().try_for_each(|(path, written)| {
                ship::evidence::check_files(tx, path)?;
                artifact::put(tx, &actor, path, written).map(drop)
            })
        });
        if written.is_err() {
            self.sweep(arrived)?;
        }
        written
    }

    /// Bytes that got no path.
    fn sweep(&self, sha256: Vec<String>) -> Result<()> {
        self.to.db.write_blocking(move |tx| artifact::sweep_later(tx, &sha256))
    }

    /// Those of the paths that are here.
    pub(super) fn count_files(&mut self, paths: &[String], here: &HashMap<String, u64>) {
        for size in paths.iter().filter_map(|path| here.get(path)) {
            self.tally.after.add(Row::Files, 1);
            self.tally.after.add(Row::Bytes, *size);
        }
    }
}
