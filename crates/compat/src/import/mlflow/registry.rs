//! Registered models and prompts. They come after the runs and the logged models that their versions
//! name; versions that are copies come after those that they copy, aliases last.

use std::collections::HashMap;

use base::{Error, ExperimentId, Kind, RegisteredModelId, Result, Time, refuse::conflict};
use lab::{
    experiment, model,
    registry::{
        self, Brought, Origin, Version, alias,
        version::{self, Source as Place, Stage, source::Which},
    },
    run,
};
use ship::registry::Governed;

use super::{
    Counts, Row,
    bring::Import,
    shape::{Listed, Pairs, Registered},
    sift::registry as sift,
};

/// What is here of a registered model.
#[derive(Default)]
struct Here {
    id: Option<RegisteredModelId>,
    tags: Pairs,
    /// By their numbers, with their tags.
    versions: HashMap<i64, (Version, Pairs)>,
    aliases: HashMap<String, i64>,
}

/// A registered model on its way.
struct Way {
    from: Registered,
    wanted: registry::New,
    here: Here,
    id: Option<RegisteredModelId>,
    /// What must be here afterwards.
    versions: Vec<version::Brought>,
    aliases: Vec<(String, i64)>,
}

/// A version that is a copy of another, and at which place its model is.
type Copied = (usize, version::Brought);

const ELSEWHERE: &str = "a version of this number is here already, and it did not come from there";
const NOT_HERE: &str = "the run, model or version that its source names is not here";

impl Import<'_> {
    /// Refuses the whole import where a name belongs to something else.
    pub(super) fn check_names(&self, all: &[Registered]) -> Result<()> {
        let origins: Vec<Origin> = all.iter().map(|one| self.model_origin(one)).collect();
        let (actor, project) = (self.to.actor.clone(), self.to.project.clone());
        self.to.db.read_blocking(move |tx| {
            let mut taken = Vec::new();
            for origin in &origins {
                let came = registry::brought_from(tx, &actor, &project, origin)?.is_some();
                if !came && registry::find_by_name(tx, &actor, &project, &origin.name)?.is_some() {
                    taken.push(format!("{:?}", origin.name));
                }
            }
            if taken.is_empty() {
                return Ok(());
            }
            Err(conflict(format!(
                "The project has registered models or prompts of these names that did not come from this source: {}. \
                 Rename them, here or in the source, or import into another project. Nothing was imported.",
                taken.join(", ")
            )))
        })
    }

    fn model_origin(&self, of: &Registered) -> Origin {
        Origin { source: self.source.id().to_owned(), name: of.name.clone() }
    }

    pub(super) fn registry(&mut self, listed: Listed<Registered>) -> Result<()> {
        self.broken(listed.broken);
        let (names, governed) = (self.names()?, self.governed()?);
        let (mut ways, mut copies) = (Vec::with_capacity(listed.items.len()), Vec::new());
        for from in listed.items {
            self.tally.source.add(Row::Registered, 1);
            self.broken(from.broken.clone());
            let wanted = sift::registered(&from, &names, &mut self.tally);
            match sift::refusal(&wanted) {
                None => {
                    let mut way = self.way_of(from, wanted)?;
                    self.versions(&mut way, ways.len(), &governed, &mut copies)?;
                    ways.push(way);
                }
                Some(why) => self.leave_registered_out(&from, &wanted, &governed, &why)?,
            }
            self.report();
        }
        self.copies(&mut ways, copies)?;
        for way in &mut ways {
            self.aliases(way, &governed)?;
        }
        ways.iter().try_for_each(|way| self.count_registered(way))
    }

    /// How the experiments of the source are called here.
    fn names(&self) -> Result<sift::Names> {
        let (actor, project) = (self.to.actor.clone(), self.to.project.clone());
        let first = self.to.db.read_blocking(move |tx| experiment::first_of(tx, &actor, &project))?;
        let first = first.map(|experiment| experiment.id);
        let name = |id: ExperimentId| if first == Some(id) { "0".to_owned() } else { id.to_string() };
        Ok(self.experiments.iter().map(|(there, here)| (there.clone(), name(*here))).collect())
    }

    fn governed(&self) -> Result<Governed> {
        let project = self.to.project.clone();
        self.to.db.read_blocking(move |tx| Governed::of(tx, &project))
    }

    /// Makes the model where it is new.
    fn way_of(&mut self, from: Registered, wanted: registry::New) -> Result<Way> {
        let here = self.registered_here(&from)?;
        let before = tags_here(&wanted.tags, &here.tags);
        self.tally.before.add(Row::Registered, u64::from(here.id.is_some()));
        self.tally.before.add(Row::Tags, before);
        let mut id = here.id;
        if !self.to.dry && (id.is_none() || before < wanted.tags.len() as u64) {
            let (actor, project) = (self.to.actor.clone(), self.to.project.clone());
            let brought = Brought {
                origin: self.model_origin(&from),
                new: wanted.clone(),
                created_at: Time(from.created_at),
                updated_at: Time(from.updated_at),
            };
            let made = self.to.db.write_blocking(move |tx| registry::bring(tx, &actor, &project, &brought))?;
            id = Some(made.id);
        }
        Ok(Way { from, wanted, here, id, versions: Vec::new(), aliases: Vec::new() })
    }

    fn versions(&mut self, way: &mut Way, place: usize, governed: &Governed, copies: &mut Vec<Copied>) -> Result<()> {
        let listed = self.source.versions(&way.from)?;
        self.broken(listed.broken);
        for from in listed.items {
            self.tally.source.add(Row::Versions, 1);
            self.broken(from.broken.clone());
            let (wanted, why) = sift::version(&from, &way.from, governed, &mut self.tally);
            let is_known = way.here.versions.contains_key(&wanted.number);
            match why {
                Some(why) => self.leave_version_out(&wanted, &why),
                None if is_known => self.known_version(way, wanted)?,
                None if sift::is_copy(&wanted) => copies.push((place, wanted)),
                None => self.new_version(way, wanted)?,
            }
        }
        Ok(())
    }

    fn leave_version_out(&mut self, wanted: &version::Brought, why: &str) {
        self.tally.leave_whole_out(Row::Versions, sift::version_whole(wanted), why);
    }

    fn leave_registered_out(
        &mut self,
        from: &Registered,
        wanted: &registry::New,
        governed: &Governed,
        why: &str,
    ) -> Result<()> {
        let mut whole = Counts::default();
        whole.add(Row::Registered, 1);
        whole.add(Row::Tags, wanted.tags.len() as u64);
        whole.add(Row::Labels, from.aliases.len() as u64);
        self.tally.source.add(Row::Labels, from.aliases.len() as u64);
        let listed = self.source.versions(from)?;
        self.broken(listed.broken);
        for version in listed.items {
            self.tally.source.add(Row::Versions, 1);
            self.broken(version.broken.clone());
            whole += sift::version_whole(&sift::version(&version, from, governed, &mut self.tally).0);
        }
        self.tally.leave_whole_out(Row::Registered, whole, why);
        Ok(())
    }

    /// A version of this number is here: the same one, or one that somebody made here.
    fn known_version(&mut self, way: &mut Way, mut wanted: version::Brought) -> Result<()> {
        let (version, tags) = &way.here.versions[&wanted.number];
        if version.created_at != wanted.created_at {
            self.leave_version_out(&wanted, ELSEWHERE);
            return Ok(());
        }
        if wanted.stage != Stage::None && wanted.stage != version.stage {
            self.tally.leave_out(Row::Labels, 1, "the version has another stage here");
            wanted.stage = Stage::None;
        }
        let before = version_here(&wanted, version, tags);
        self.tally.before += before;
        if !self.to.dry && before != sift::version_whole(&wanted) {
            let (actor, version, tags) = (self.to.actor.clone(), version.clone(), wanted.new.tags.clone());
            self.to.db.write_blocking(move |tx| version::bring_tags(tx, &actor, &version, &tags))?;
        }
        way.versions.push(wanted);
        Ok(())
    }

    fn new_version(&mut self, way: &mut Way, wanted: version::Brought) -> Result<()> {
        if !self.is_origin_here(&wanted)? {
            self.leave_version_out(&wanted, NOT_HERE);
            return Ok(());
        }
        if let Some(id) = way.id.filter(|_| !self.to.dry) {
            let (actor, new) = (self.to.actor.clone(), wanted.clone());
            let made = self.to.db.write_blocking(move |tx| {
                let model = registry::get(tx, &actor, id)?;
                ship::registry::bring_version(tx, &actor, &model, &new)
            });
            if let Err(refusal) = made {
                self.leave_version_out(&wanted, refused(refusal)?.detail());
                return Ok(());
            }
        }
        way.versions.push(wanted);
        Ok(())
    }

    /// Whether the run or the logged model is here, or would be.
    fn is_origin_here(&self, wanted: &version::Brought) -> Result<bool> {
        let (run, model) = match Place::parse(&wanted.new.source) {
            Ok(Place::Run(id, _)) => (Some(id), wanted.new.logged_model.clone()),
            _ => (None, wanted.new.logged_model.clone()),
        };
        let comes = |id: &str| self.come.contains(id);
        let run = run.filter(|id| !comes(id.as_str()));
        let model = model.filter(|id| !comes(id.as_str()));
        let project = self.to.project.clone();
        self.to.db.read_blocking(move |tx| {
            let run = run.as_ref().map(|id| run::load(tx, id)).transpose()?;
            let model = model.as_ref().map(|id| model::load(tx, id)).transpose()?;
            let run = run.is_none_or(|found| found.is_some_and(|run| run.project == project));
            Ok(run && model.is_none_or(|found| found.is_some_and(|model| model.project == project)))
        })
    }

    /// Copies of copies come after what they copy.
    fn copies(&mut self, ways: &mut [Way], mut waiting: Vec<Copied>) -> Result<()> {
        loop {
            let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, copy)| is_ready(ways, copy));
            waiting = rest;
            if ready.is_empty() {
                break;
            }
            for (place, wanted) in ready {
                self.new_version(&mut ways[place], wanted)?;
                self.report();
            }
        }
        waiting.iter().for_each(|(_, wanted)| self.leave_version_out(wanted, NOT_HERE));
        Ok(())
    }

    fn aliases(&mut self, way: &mut Way, governed: &Governed) -> Result<()> {
        for (name, number) in way.from.aliases.clone() {
            self.tally.source.add(Row::Labels, 1);
            let is_here = way.versions.iter().any(|version| version.number == number);
            let refusal = sift::alias_refusal(&name, &way.from, governed);
            let refusal = refusal.or((!is_here).then(|| "the version that it names is not here".to_owned()));
            match (refusal, way.here.aliases.get(&name)) {
                (Some(why), _) => self.tally.leave_out(Row::Labels, 1, &why),
                (None, Some(other)) if *other != number => {
                    self.tally.leave_out(Row::Labels, 1, "it names another version here");
                }
                (None, Some(_)) => {
                    self.tally.before.add(Row::Labels, 1);
                    way.aliases.push((name, number));
                }
                (None, None) => self.new_alias(way, name, number)?,
            }
        }
        Ok(())
    }

    fn new_alias(&mut self, way: &mut Way, name: String, number: i64) -> Result<()> {
        if let Some(id) = way.id.filter(|_| !self.to.dry) {
            let (actor, alias) = (self.to.actor.clone(), name.clone());
            let set = self.to.db.write_blocking(move |tx| {
                let model = registry::get(tx, &actor, id)?;
                ship::registry::set_alias(tx, &actor, &model, &alias, number)
            });
            if let Err(refusal) = set {
                self.tally.leave_out(Row::Labels, 1, refused(refusal)?.detail());
                return Ok(());
            }
        }
        way.aliases.push((name, number));
        Ok(())
    }

    /// Counts anew what is here.
    fn count_registered(&mut self, way: &Way) -> Result<()> {
        let after = &mut self.tally.after;
        if self.to.dry {
            after.add(Row::Registered, 1);
            after.add(Row::Tags, way.wanted.tags.len() as u64);
            after.add(Row::Labels, way.aliases.len() as u64);
            way.versions.iter().for_each(|version| *after += sift::version_whole(version));
            return Ok(());
        }
        let here = self.registered_here(&way.from)?;
        let after = &mut self.tally.after;
        after.add(Row::Registered, u64::from(here.id.is_some()));
        after.add(Row::Tags, tags_here(&way.wanted.tags, &here.tags));
        for wanted in &way.versions {
            if let Some((version, tags)) = here.versions.get(&wanted.number) {
                *after += version_here(wanted, version, tags);
            }
        }
        let set = way.aliases.iter().filter(|(name, number)| here.aliases.get(name) == Some(number));
        after.add(Row::Labels, set.count() as u64);
        Ok(())
    }

    fn registered_here(&self, of: &Registered) -> Result<Here> {
        let (actor, project, origin) = (self.to.actor.clone(), self.to.project.clone(), self.model_origin(of));
        self.to.db.read_blocking(move |tx| {
            let Some(model) = registry::brought_from(tx, &actor, &project, &origin)? else {
                return Ok(Here::default());
            };
            let versions = version::list(tx, &model, None, i64::MAX)?;
            let mut tags: HashMap<i64, Pairs> = HashMap::new();
            for (id, key, value) in version::tags(tx, &versions.iter().map(|version| version.id).collect::<Vec<_>>())? {
                tags.entry(id).or_default().push((key, value));
            }
            let tagged =
                |version: Version| (version.number, (version.clone(), tags.remove(&version.id).unwrap_or_default()));
            Ok(Here {
                id: Some(model.id),
                versions: versions.into_iter().map(tagged).collect(),
                tags: registry::tags(tx, &[model.id])?.into_iter().map(|(_, key, value)| (key, value)).collect(),
                aliases: alias::of(tx, &[model.id])?.into_iter().map(|(_, name, number)| (name, number)).collect(),
            })
        })
    }
}

/// What a rule refuses is left out; all else ends the import.
fn refused(error: Error) -> Result<Error> {
    let by_rule = [Kind::Invalid, Kind::Conflict, Kind::NotFound].into_iter().any(|kind| error.is(kind));
    if by_rule { Ok(error) } else { Err(error) }
}

/// Whether the version that it copies is here.
fn is_ready(ways: &[Way], copy: &version::Brought) -> bool {
    let Ok(Place::Registered { name, which: Which::Number(number) }) = Place::parse(&copy.new.source) else {
        return false;
    };
    let is_it = |way: &&Way| way.from.name == name;
    ways.iter().find(is_it).is_some_and(|way| way.versions.iter().any(|version| version.number == number))
}

fn tags_here(wanted: &Pairs, here: &Pairs) -> u64 {
    wanted.iter().filter(|(key, _)| here.iter().any(|(other, _)| other == key)).count() as u64
}

fn version_here(wanted: &version::Brought, version: &Version, tags: &Pairs) -> Counts {
    let mut counts = Counts::default();
    counts.add(Row::Versions, 1);
    counts.add(Row::Tags, tags_here(&wanted.new.tags, tags));
    counts.add(Row::Labels, u64::from(wanted.stage != Stage::None && wanted.stage == version.stage));
    counts
}
