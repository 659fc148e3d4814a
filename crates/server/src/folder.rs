//! The data folder: made for its owner only, and used by one server at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::Path,
};

use base::{
    Result,
    refuse::{conflict, internal, invalid},
};

/// Makes the folder if there is none.
pub fn make(folder: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let name = folder.display().to_string();
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| invalid(&name, format!("cannot be made: {e}")))?;
    let mode = fs::metadata(folder).map_err(internal)?.permissions().mode();
    if mode & 0o022 != 0 {
        return Err(invalid(&name, "can be changed by other users of this machine; run chmod 700 on it first"));
    }
    Ok(())
}

/// Nobody else reads what is in the database, whatever the folder allows: SQLite makes the files beside it like it.
pub fn close_to_others(database: &Path) -> Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let explain = |e: std::io::Error| invalid(&database.display().to_string(), e.to_string());
    OpenOptions::new().append(true).create(true).mode(0o600).open(database).map_err(explain)?;
    let mut files = vec![database.to_owned()];
    files.extend(["-wal", "-shm"].map(|end| {
        let mut beside = database.as_os_str().to_owned();
        beside.push(end);
        beside.into()
    }));
    for file in files.iter().filter(|file| file.exists()) {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(explain)?;
    }
    Ok(())
}

/// Held while a server runs on the folder. The operating system lets go of it when the process ends,
/// however it ends.
pub struct Hold(#[expect(dead_code, reason = "held, never read")] File);

pub fn hold(folder: &Path) -> Result<Hold> {
    let path = folder.join("lock");
    use std::os::unix::fs::OpenOptionsExt;
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|e| invalid(&path.display().to_string(), e.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(Hold(file)),
        Err(TryLockError::WouldBlock) => Err(conflict(format!(
            "Another Slipway serves {} already. Stop it first, or choose another folder with --data.",
            folder.display()
        ))),
        Err(TryLockError::Error(e)) => Err(internal(e)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_reads_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["slipway.db", "slipway.db-wal", "slipway.db-shm"].map(|name| folder.path().join(name));
        for file in &files[1..] {
            fs::write(file, "").unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }
        for _ in 0..2 {
            close_to_others(&files[0]).unwrap();
            for file in &files {
                assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
            }
        }
        let _hold = hold(folder.path()).unwrap();
        let lock = fs::metadata(folder.path().join("lock")).unwrap();
        assert_eq!(lock.permissions().mode() & 0o777, 0o600);
    }
}
