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

/// Held while a server runs on the folder. The operating system lets go of it when the process ends,
/// however it ends.
pub struct Hold(#[expect(dead_code, reason = "held, never read")] File);

pub fn hold(folder: &Path) -> Result<Hold> {
    let path = folder.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
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
