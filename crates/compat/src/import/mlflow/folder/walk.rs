//! Walking a folder that somebody else filled: no link is followed, nothing outside is opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base::{Result, refuse::invalid};

/// A file below a folder.
pub struct Found {
    /// Relative, with slashes.
    pub name: String,
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
}

/// Folders in folders: deeper than this, something goes round.
const DEEPEST: usize = 64;

/// All files below the folder in the order of their names, and what is no plain file. An absent folder is empty.
pub fn files(folder: &Path) -> Result<(Vec<Found>, Vec<String>)> {
    let (mut found, mut odd) = (Vec::new(), Vec::new());
    descend(folder, "", 0, &mut found, &mut odd)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((found, odd))
}

fn descend(folder: &Path, above: &str, depth: usize, found: &mut Vec<Found>, odd: &mut Vec<String>) -> Result<()> {
    for (name, path) in entries(folder)? {
        let Some(name) = name else {
            odd.push(format!("{}: its name is no UTF-8", path.display()));
            continue;
        };
        let name = format!("{above}{name}");
        let about = fs::symlink_metadata(&path).map_err(|e| unreadable(&path, &e))?;
        match about.file_type() {
            kind if kind.is_symlink() => odd.push("it is a link, and links are not followed".to_owned()),
            kind if kind.is_dir() && depth == DEEPEST => odd.push("it lies too deep".to_owned()),
            kind if kind.is_dir() => descend(&path, &format!("{name}/"), depth + 1, found, odd)?,
            kind if kind.is_file() => found.push(Found { name, path, size: about.len() }),
            _ => odd.push("it is no plain file".to_owned()),
        }
    }
    Ok(())
}

/// The folders directly below, by name; links to folders are none.
pub fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for (name, path) in entries(folder)? {
        let plain = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
        found.extend(name.filter(|_| plain).map(|name| (name, path)));
    }
    found.sort();
    Ok(found)
}

/// Names as far as they are UTF-8, and paths.
fn entries(folder: &Path) -> Result<Vec<(Option<String>, PathBuf)>> {
    match fs::symlink_metadata(folder) {
        Ok(about) if about.is_dir() => {}
        _ => return Ok(Vec::new()),
    }
    let listed = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let listed = listed.map_err(|e| unreadable(folder, &e))?;
    Ok(listed.into_iter().map(|entry| (entry.file_name().into_string().ok(), entry.path())).collect())
}

/// More than any param, tag or meta.yaml that MLflow writes.
const MOST_TEXT: u64 = 64 * 1024 * 1024;

/// The file's text, or why it cannot be had.
pub fn text(path: &Path) -> Result<String, String> {
    let about = fs::symlink_metadata(path).map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("it is no plain file".to_owned());
    }
    if about.len() > MOST_TEXT {
        return Err("it is larger than 64 MiB".to_owned());
    }
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned())
}

pub fn unreadable(path: &Path, error: &io::Error) -> base::Error {
    invalid(&path.display().to_string(), format!("cannot be read: {error}. Mend it and run the same command again."))
}
