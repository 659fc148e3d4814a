//! Registered models, prompts and their versions in the folder.

use std::path::Path;

use base::Result;
use lab::registry::prompt;

use super::{
    super::{
        Row,
        shape::{Broken, Listed, Registered, Version},
    },
    Folder,
    read::{meta, pairs},
    walk,
};

/// The stage of a version that was deleted: its folder stays.
const DELETED: &str = "Deleted_Internal";

impl Folder {
    pub fn registered(&self) -> Result<Listed<Registered>> {
        let mut listed = Listed::default();
        for (name, home) in walk::folders(&self.root.join("models"))? {
            match registered(&name, &home) {
                Ok(registered) => listed.items.push(registered),
                Err(why) => listed.broken.push((Row::Registered, self.named(&home, &why))),
            }
        }
        Ok(listed)
    }

    pub fn versions(&self, of: &Registered) -> Result<Listed<Version>> {
        let mut listed = Listed::default();
        for (name, home) in walk::folders(&of.home)? {
            let Some(number) = name.strip_prefix("version-") else { continue };
            match version(number, &home) {
                Ok(version) if version.stage == DELETED => {}
                Ok(version) => listed.items.push(version),
                Err(why) => listed.broken.push((Row::Versions, self.named(&home, &why))),
            }
        }
        listed.items.sort_by_key(|version| version.number);
        Ok(listed)
    }
}

fn registered(folder: &str, home: &Path) -> Result<Registered, String> {
    let meta = meta(home)?;
    let name = meta.text("name").unwrap_or(folder).to_owned();
    if name != folder {
        return Err(format!("meta.yaml calls the model {name:?}, its folder says otherwise"));
    }
    let mut broken = Broken::new();
    let tags = pairs(&home.join("tags"), Row::Tags, &mut broken);
    let mut aliases = Vec::new();
    for (alias, number) in pairs(&home.join("aliases"), Row::Labels, &mut broken) {
        match number.trim().parse() {
            Ok(number) => aliases.push((alias, number)),
            Err(_) => broken.push((Row::Labels, "it names no number of a version".to_owned())),
        }
    }
    let created_at = meta.int("creation_timestamp").unwrap_or(0);
    Ok(Registered {
        name,
        description: meta.text("description").filter(|text| !text.is_empty()).map(str::to_owned),
        created_at,
        updated_at: meta.int("last_updated_timestamp").unwrap_or(created_at),
        prompt: tags.iter().any(|(key, value)| key == prompt::IS_PROMPT && value.eq_ignore_ascii_case("true")),
        tags,
        aliases,
        home: home.to_owned(),
        broken,
    })
}

fn version(number: &str, home: &Path) -> Result<Version, String> {
    let meta = meta(home)?;
    let filled = |key: &str| meta.text(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut broken = Broken::new();
    let created_at = meta.int("creation_timestamp").unwrap_or(0);
    Ok(Version {
        number: number.parse().map_err(|_| "its folder has no number".to_owned())?,
        source: meta.text("source").unwrap_or_default().to_owned(),
        run: filled("run_id"),
        run_link: filled("run_link"),
        logged_model: filled("model_id"),
        description: filled("description"),
        stage: meta.text("current_stage").unwrap_or_default().to_owned(),
        created_at,
        updated_at: meta.int("last_updated_timestamp").unwrap_or(created_at),
        tags: pairs(&home.join("tags"), Row::Tags, &mut broken),
        broken,
    })
}
