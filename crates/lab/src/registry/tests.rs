//! Stories about models that get names, numbers and aliases.

use base::{Kind, ModelId, Result, Time};
use blob::Written;
use db::Tx;
use people::testing::{World, each_world};
use serde_json::json;

use super::{
    Model, New, Version, alias, prompt,
    search::{Field, VersionField},
    version::{self, Stage},
};
use crate::{
    artifact, model, registry,
    run::tests::{act, pair},
    search::{Condition, NumberOperator, Order, Search, Test, TextOperator},
};

fn register(world: &World, who: &str, name: &str, tags: Vec<(String, String)>) -> Result<Model> {
    let (actor, project) = (world.actor(who), world.churn.id.clone());
    let new = New { name: name.to_owned(), description: None, tags };
    act(world, move |tx| registry::register(tx, &actor, &project, &new))
}

fn from_store(source: &str) -> version::New {
    version::New { source: source.to_owned(), ..Default::default() }
}

fn add(world: &World, who: &str, model: &Model, new: version::New) -> Result<Version> {
    let (actor, id) = (world.actor(who), model.id);
    act(world, move |tx| version::create(tx, &actor, id, &new, None))
}

fn looked<T: Send + 'static>(world: &World, look: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> T {
    world.db.read_blocking(look).unwrap()
}

fn told(world: &World, model: &Model) -> Vec<String> {
    let subject = model.subject();
    world.events().into_iter().filter(|event| event.subject == subject).map(|event| event.kind).collect()
}

/// The names of what someone finds in CHURN.
fn names(world: &World, who: &str, prompts: bool, search: Search<Field>) -> Result<String> {
    let (actor, project) = (world.actor(who), world.churn.id.clone());
    let found = world
        .db
        .read_blocking(move |tx| registry::search(tx, &actor, std::slice::from_ref(&project), prompts, &search))?;
    let names: Vec<String> = found.items.into_iter().map(|model| model.name).collect();
    Ok(names.join(" "))
}

#[test]
fn a_model_is_registered_once_and_tells_its_life() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let model = register(world, "Dana", "churn", vec![pair("team", "a"), pair("team", "b")]).unwrap();
        assert_eq!((model.name.as_str(), model.prompt, model.numbered), ("churn", false, 0));
        let taken = register(world, "Mei", "churn", vec![]).unwrap_err();
        assert_eq!((taken.status(), &taken.members()["taken"]), (409, &json!("churn")));
        assert!(register(world, "Mara", "viewer's", vec![]).unwrap_err().is(Kind::Forbidden));
        assert!(register(world, "Rita", "stranger's", vec![]).unwrap_err().is(Kind::NotFound));

        world.db.days_pass(1);
        let (id, actor) = (model.id, dana.clone());
        let described = act(world, move |tx| registry::describe(tx, &actor, id, Some("Who leaves?"))).unwrap();
        assert_eq!(described.description.as_deref(), Some("Who leaves?"));
        assert!(described.updated_at > described.created_at);
        let actor = dana.clone();
        let renamed = act(world, move |tx| registry::rename(tx, &actor, id, "leaving")).unwrap();
        assert_eq!(renamed.name, "leaving");
        register(world, "Dana", "churn", vec![]).unwrap();
        let actor = dana.clone();
        assert!(act(world, move |tx| registry::rename(tx, &actor, id, "churn")).unwrap_err().is(Kind::Conflict));
        let actor = dana.clone();
        act(world, move |tx| registry::rename(tx, &actor, id, "leaving")).unwrap();
        assert_eq!(looked(world, move |tx| registry::tags(tx, &[id])), [(id, "team".to_owned(), "b".to_owned())]);

        let stranger = world.actor("Rita");
        assert!(act(world, move |tx| registry::unregister(tx, &stranger, id)).unwrap_err().is(Kind::NotFound));
        act(world, move |tx| registry::unregister(tx, &dana, id)).unwrap();
        let life = ["model.registered", "model.described", "model.renamed", "model.renamed", "model.unregistered"];
        assert_eq!(told(world, &model), life);
        register(world, "Dana", "leaving", vec![]).unwrap();
    });
}

#[test]
fn no_two_names_look_the_same_because_of_what_cannot_be_seen() {
    each_world(|world| {
        let id = register(world, "Dana", "churn of customers", vec![]).unwrap().id;
        for hidden in ["churn\u{200B}", "churn\u{3164}", "churn\u{A0}of customers"] {
            let refusal = register(world, "Mei", hidden, vec![]).unwrap_err();
            assert!(refusal.detail().contains("cannot be seen"), "{hidden:?}");
            let dana = world.actor("Dana");
            assert!(act(world, move |tx| registry::rename(tx, &dana, id, hidden)).unwrap_err().is(Kind::Invalid));
        }
    });
}

#[test]
fn numbers_have_no_gaps_and_come_once() {
    each_world(|world| {
        let model = register(world, "Dana", "churn", vec![]).unwrap();
        let mut numbers: Vec<i64> = std::thread::scope(|scope| {
            let add = |_| scope.spawn(|| add(world, "Mei", &model, from_store("s3://models/x")).unwrap().number);
            let hands: Vec<_> = (0..8).map(add).collect();
            hands.into_iter().map(|hand| hand.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
        // A refused version takes no number.
        assert!(add(world, "Mei", &model, from_store("/etc/passwd")).unwrap_err().is(Kind::Invalid));
        let (actor, last) = (world.actor("Dana"), model.clone());
        act(world, move |tx| {
            let eight = version::get(tx, &last, 8)?;
            version::delete(tx, &actor, &eight)
        })
        .unwrap();
        assert_eq!(add(world, "Mei", &model, from_store("s3://models/x")).unwrap().number, 9);
        let shelf = model.clone();
        let numbers: Vec<i64> =
            looked(world, move |tx| version::list(tx, &shelf, Some(9), 3)).iter().map(|v| v.number).collect();
        assert_eq!(numbers, [7, 6, 5]);
        assert_eq!(told(world, &model).iter().filter(|kind| *kind == "version.created").count(), 9);
        assert!(add(world, "Mara", &model, from_store("s3://models/x")).unwrap_err().is(Kind::Forbidden));
        assert!(add(world, "Rita", &model, from_store("s3://models/x")).unwrap_err().is(Kind::NotFound));
    });
}

#[test]
fn an_alias_moves_and_goes_with_its_version() {
    each_world(|world| {
        let model = register(world, "Dana", "churn", vec![]).unwrap();
        for _ in 0..2 {
            add(world, "Dana", &model, from_store("s3://models/x")).unwrap();
        }
        let set = |who: &str, name: &str, number: i64| {
            let (actor, model, name) = (world.actor(who), model.clone(), name.to_owned());
            act(world, move |tx| {
                let version = version::get(tx, &model, number)?;
                alias::set(tx, &actor, &model, &name, &version)
            })
        };
        for number in [1, 1, 2] {
            set("Dana", "champion", number).unwrap();
        }
        set("Dana", "Ünder-1", 1).unwrap();
        for wrong in ["", "a b", "a.b", "latest", "Latest", "v1", "V02", &"x".repeat(256)] {
            assert!(set("Dana", wrong, 1).unwrap_err().is(Kind::Invalid), "{wrong}");
        }
        assert!(set("Mara", "champion", 1).unwrap_err().is(Kind::Forbidden));
        assert!(set("Dana", "champion", 3).unwrap_err().is(Kind::NotFound));
        let id = model.id;
        let aliases = looked(world, move |tx| alias::of(tx, &[id]));
        assert_eq!(aliases, [(id, "champion".to_owned(), 2), (id, "Ünder-1".to_owned(), 1)]);
        let (actor, shelf) = (world.actor("Dana"), model.clone());
        act(world, move |tx| {
            let two = version::get(tx, &shelf, 2)?;
            version::delete(tx, &actor, &two)?;
            alias::remove(tx, &actor, &shelf, "Ünder-1")?;
            alias::remove(tx, &actor, &shelf, "Ünder-1")
        })
        .unwrap();
        assert_eq!(looked(world, move |tx| alias::of(tx, &[id])), []);
        let told = told(world, &model);
        assert_eq!(told[3..], ["alias.set", "alias.set", "alias.set", "version.deleted", "alias.removed"]);
    });
}

#[test]
fn a_version_comes_from_where_it_says() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = crate::metric::tests::a_run(world, &dana);
        let (actor, made_by) = (dana.clone(), run.clone());
        let logged = act(world, move |tx| {
            let new =
                model::New { name: Some("forest".to_owned()), run: Some(made_by.id.clone()), ..Default::default() };
            let file = Written { sha256: "a".repeat(64), size: 3 };
            artifact::put(tx, &actor, &artifact::Path::of_run(&made_by).join("tree/MLmodel")?, &file)?;
            model::create(tx, &actor, made_by.experiment, &new)
        })
        .unwrap();
        let churn = register(world, "Dana", "churn", vec![]).unwrap();
        let root = run.artifact_uri();
        let from = |source: &str, by_run: bool, model: Option<&ModelId>| version::New {
            source: source.to_owned(),
            run: by_run.then(|| run.id.clone()),
            logged_model: model.cloned(),
            ..Default::default()
        };
        let of_logged = format!("models:/{}", logged.id);
        for (new, location) in [
            (from(&of_logged, false, Some(&logged.id)), logged.artifact_uri()),
            (from(&format!("{root}/tree"), true, None), format!("{root}/tree")),
            (from(&format!("runs:/{}/tree", run.id), true, None), format!("{root}/tree")),
            (from(&format!("runs:/{}/forest", run.id), true, None), logged.artifact_uri()),
            (from(&format!("runs:/{}/later", run.id), true, None), format!("runs:/{}/later", run.id)),
            (from("s3://bucket/x", true, None), "s3://bucket/x".to_owned()),
        ] {
            let version = add(world, "Dana", &churn, new.clone()).unwrap();
            assert_eq!((version.location, version.run.as_ref()), (location, Some(&run.id)), "{}", new.source);
        }
        let unknown = ModelId::from("m-unknown");
        for new in [
            from(&of_logged, true, None),
            from(&of_logged, false, Some(&unknown)),
            from(&format!("{root}/tree"), false, None),
            from(&format!("{root}-2/tree"), true, None),
            from(&format!("{root}/tree"), false, Some(&logged.id)),
            from(&format!("runs:/{}/tree", run.id), false, None),
            from(&logged.artifact_uri(), true, None),
        ] {
            assert!(add(world, "Dana", &churn, new.clone()).unwrap_err().is(Kind::Invalid), "{}", new.source);
        }
        // What belongs to another project is absent, also for someone who is in both.
        let (pavel, fraud) = (world.actor("Pavel"), world.fraud.id.clone());
        let (asked, new) =
            (from(&of_logged, false, Some(&logged.id)), New { name: "churn".to_owned(), ..New::default() });
        let refused = act(world, move |tx| {
            let theirs = registry::register(tx, &pavel, &fraud, &new)?;
            version::create(tx, &pavel, theirs.id, &asked, None)
        });
        assert!(refused.unwrap_err().is(Kind::Invalid));
    });
}

#[test]
fn a_prompt_stays_a_prompt() {
    each_world(|world| {
        let is_prompt = pair(prompt::IS_PROMPT, "true");
        let greeting = register(world, "Dana", "greeting", vec![is_prompt.clone()]).unwrap();
        let churn = register(world, "Dana", "churn", vec![]).unwrap();
        assert!(greeting.prompt);
        let taken = register(world, "Dana", "greeting", vec![]).unwrap_err();
        assert!(taken.detail().contains("cannot share a name"), "{taken}");
        let text = |source: &str, tags: Vec<(String, String)>| version::New { tags, ..from_store(source) };
        let hello = vec![is_prompt.clone(), pair(prompt::TEXT, "Hello {{name}}")];
        assert!(add(world, "Dana", &greeting, text("dummy-source", hello.clone())).unwrap().prompt);
        for (model, new) in [
            (&greeting, text("s3://x/y", hello.clone())),
            (&greeting, from_store("s3://x/y")),
            (&churn, text("dummy-source", hello)),
            (&greeting, text("dummy-source", vec![is_prompt.clone(), pair(prompt::TEXT, &"x".repeat(100_001))])),
        ] {
            assert!(add(world, "Dana", model, new).is_err());
        }
        let (dana, id, other) = (world.actor("Dana"), greeting.id, churn.id);
        let actor = dana.clone();
        assert!(act(world, move |tx| registry::delete_tag(tx, &actor, id, prompt::IS_PROMPT)).is_err());
        let actor = dana.clone();
        assert!(act(world, move |tx| registry::set_tag(tx, &actor, other, prompt::IS_PROMPT, "true")).is_err());
        assert_eq!(told(world, &greeting), ["prompt.registered", "version.created"]);
        assert_eq!(names(world, "Dana", true, Search::default()).unwrap(), "greeting");
        assert_eq!(names(world, "Dana", false, Search::default()).unwrap(), "churn");
    });
}

#[test]
fn labels_are_kept_and_the_latest_of_each_is_known() {
    each_world(|world| {
        let model = register(world, "Dana", "churn", vec![]).unwrap();
        for _ in 0..3 {
            add(world, "Dana", &model, from_store("s3://models/x")).unwrap();
        }
        let label = |number: i64, stage: Stage, archive: bool| {
            let (actor, model) = (world.actor("Dana"), model.clone());
            act(world, move |tx| {
                let version = version::get(tx, &model, number)?;
                version::label(tx, &actor, &version, stage, archive)
            })
        };
        label(1, Stage::Staging, false).unwrap();
        assert_eq!(label(2, Stage::Staging, true).unwrap().stage, Stage::Staging);
        assert!(label(3, Stage::Archived, true).unwrap_err().is(Kind::Invalid));
        let id = model.id;
        let latest = |apart: Vec<i64>| {
            let latest = looked(world, move |tx| version::latest(tx, &[id], &apart));
            latest.into_iter().map(|v| (v.number, v.stage)).collect::<Vec<_>>()
        };
        assert_eq!(latest(vec![]), [(3, Stage::None), (2, Stage::Staging), (1, Stage::Archived)]);
        let shelf = model.clone();
        let three = looked(world, move |tx| version::get(tx, &shelf, 3)).id;
        assert_eq!(latest(vec![three]), [(2, Stage::Staging), (1, Stage::Archived)]);
    });
}

#[test]
fn models_and_versions_are_found() {
    each_world(|world| {
        let dana = world.actor("Dana");
        for (name, team) in [("Alpha", "growth"), ("beta", "fraud"), ("gamma", "Fraud")] {
            world.db.days_pass(1);
            let model = register(world, "Dana", name, vec![pair("team", team)]).unwrap();
            for source in ["s3://x/1", "s3://y/2"] {
                add(world, "Dana", &model, from_store(source)).unwrap();
            }
        }
        let project = world.churn.id.clone();
        let text = |operator, text: &str| Test::Text(operator, text.to_owned());
        let find = |field: Field, test: Test| {
            let search = Search { conditions: vec![Condition { field, test }], ..Search::default() };
            names(world, "Dana", false, search).unwrap()
        };
        assert_eq!(find(Field::Name, text(TextOperator::Like, "b%")), "beta");
        assert_eq!(find(Field::Name, Test::NotIn(vec!["beta".to_owned()])), "Alpha gamma");
        assert_eq!(find(Field::Tag("team".to_owned()), text(TextOperator::ILike, "fraud")), "beta gamma");
        assert_eq!(find(Field::Tag("absent".to_owned()), text(TextOperator::NotEqual, "x")), "");
        let latest = Search { order: vec![Order { field: Field::UpdatedAt, descending: true }], ..Search::default() };
        assert_eq!(names(world, "Dana", false, latest).unwrap(), "gamma beta Alpha");

        let conditions =
            vec![Condition { field: VersionField::Number, test: Test::Number(NumberOperator::AtLeast, 2.0) }];
        let search = Search { conditions, limit: 2, ..Search::default() };
        let (actor, here) = (dana.clone(), project.clone());
        let found = looked(world, move |tx| {
            registry::search::versions(tx, &actor, std::slice::from_ref(&here), false, &search)
        });
        let of: Vec<&str> = found.items.iter().map(|version| version.name.as_str()).collect();
        assert_eq!((of, found.next), (vec!["gamma", "beta"], Some(2)));
        assert!(names(world, "Rita", false, Search::default()).unwrap_err().is(Kind::NotFound));
    });
}

fn from_elsewhere(number: i64, second: i64) -> version::Brought {
    let (created_at, updated_at) = (Time(second * 1_000), Time((second + 1) * 1_000));
    version::Brought { number, new: from_store("s3://models/x"), stage: Stage::None, created_at, updated_at }
}

#[test]
fn what_comes_from_elsewhere_keeps_numbers_and_times() {
    each_world(|world| {
        let bring = |who: &str, tags: Vec<(String, String)>| {
            let (actor, project) = (world.actor(who), world.churn.id.clone());
            let origin = registry::Origin { source: "http://there".to_owned(), name: "churn".to_owned() };
            let new = New { name: "churn".to_owned(), description: None, tags };
            let brought = registry::Brought { origin, new, created_at: Time(5), updated_at: Time(7) };
            act(world, move |tx| registry::bring(tx, &actor, &project, &brought))
        };
        assert!(bring("Mara", vec![]).unwrap_err().is(Kind::Forbidden));
        assert!(bring("Rita", vec![]).unwrap_err().is(Kind::NotFound));
        let model = bring("Dana", vec![pair("team", "a")]).unwrap();
        assert_eq!((model.created_at, model.updated_at), (Time(5), Time(7)));
        let version = |who: &str, brought: version::Brought| {
            let (actor, id) = (world.actor(who), model.id);
            act(world, move |tx| version::bring(tx, &actor, id, &brought, None))
        };
        assert!(version("Mara", from_elsewhere(1, 1)).unwrap_err().is(Kind::Forbidden));
        for number in [3, 1] {
            let came = version("Mei", from_elsewhere(number, number)).unwrap();
            assert_eq!((came.number, came.created_at), (number, Time(number * 1_000)));
            assert!(came.told_at > came.updated_at, "the server was told of it today");
        }
        assert!(version("Mei", from_elsewhere(3, 9)).unwrap_err().is(Kind::Conflict));
        let wrong = version::Brought { new: from_store("/etc/passwd"), ..from_elsewhere(4, 4) };
        assert!(version("Mei", wrong).unwrap_err().is(Kind::Invalid));
        let shelf = model.clone();
        let latest = looked(world, move |tx| version::latest(tx, &[shelf.id], &[]));
        assert_eq!(latest[0].number, 3, "whichever came last");
        assert_eq!(add(world, "Dana", &model, from_store("s3://models/x")).unwrap().number, 4);

        // Again: what is here stays, what it lacks is added.
        let (actor, id) = (world.actor("Dana"), model.id);
        act(world, move |tx| registry::set_tag(tx, &actor, id, "team", "b")).unwrap();
        assert_eq!(bring("Mei", vec![pair("team", "a"), pair("new", "1")]).unwrap().id, model.id);
        let tags = looked(world, move |tx| registry::tags(tx, &[id]));
        assert_eq!(tags, [(id, "new".to_owned(), "1".to_owned()), (id, "team".to_owned(), "b".to_owned())]);

        // Under another name it is still the one that came, until it is gone.
        let actor = world.actor("Dana");
        act(world, move |tx| registry::rename(tx, &actor, id, "leaving")).unwrap();
        assert_eq!(bring("Mei", vec![]).unwrap().name, "leaving");
        let actor = world.actor("Dana");
        act(world, move |tx| registry::unregister(tx, &actor, id)).unwrap();
        assert_eq!(bring("Mei", vec![]).unwrap().name, "churn");
    });
}
