//! Stories about traces: two writers, one trace; finding and deleting.

use base::{ExperimentId, Kind, Result, Time, TraceId};
use people::testing::{World, each_world};

use crate::{
    experiment,
    run::{
        self,
        tests::{act, pair},
    },
    search::{Condition, NumberOperator, Order, Search, Test, TextOperator},
    trace::{
        self, Arrived, Chosen, Span, State, Told, Trace,
        search::{Attribute, Field, Pattern, SpanField},
    },
};

pub fn an_experiment(world: &World, name: &'static str) -> ExperimentId {
    let dana = world.actor("Dana");
    let project = world.churn.id.clone();
    let new = experiment::New { name: Some(name.to_owned()), ..experiment::New::default() };
    act(world, move |tx| experiment::propose(tx, &dana, &project, &new)).unwrap().id
}

fn id(text: &str) -> TraceId {
    TraceId(format!("tr-{text}"))
}

fn span(id: &str, parent: Option<&str>, ms: (i64, i64)) -> Span {
    Span {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        name: format!("span {id}"),
        kind: "TOOL".to_owned(),
        status: "OK",
        started_at: ms.0 * 1_000_000,
        ended_at: Some(ms.1 * 1_000_000),
        attributes: vec![pair("model", &format!("m-{id}"))],
        content: format!(r#"{{"name":"span {id}"}}"#),
        ..Span::default()
    }
}

fn arrive(world: &World, who: &str, experiment: ExperimentId, arrived: Arrived) -> Result<()> {
    let actor = world.actor(who);
    act(world, move |tx| trace::take(tx, &actor, experiment, std::slice::from_ref(&arrived)))
}

pub fn tell(world: &World, who: &str, experiment: ExperimentId, told: Told) -> Result<Trace> {
    let actor = world.actor(who);
    act(world, move |tx| trace::tell(tx, &actor, experiment, &told))
}

fn seen(world: &World, who: &str, trace: &TraceId) -> Result<(Trace, trace::Content, Vec<String>)> {
    let (actor, trace) = (world.actor(who), trace.clone());
    world.db.read_blocking(move |tx| {
        let trace = trace::get(tx, &actor, &trace)?;
        let content = trace::content(tx, std::slice::from_ref(&trace))?.remove(0);
        let spans = trace::spans(tx, &trace)?;
        Ok((trace, content, spans))
    })
}

#[test]
fn both_writers_merge_in_either_order() {
    each_world(|world| {
        let experiment = an_experiment(world, "two writers");
        let arrived = |trace| Arrived {
            spans: vec![span("b", Some("a"), (20, 90)), span("a", None, (10, 50))],
            name: Some("from spans".to_owned()),
            request: Some("asked".to_owned()),
            tags: vec![pair("service", "shop"), pair("color", "grey"), pair("a,b", "no key")],
            metadata: vec![pair("mlflow.trace.session", "s-1")],
            ..Arrived::of(trace)
        };
        let told = |trace| Told {
            state: State::Error,
            at: Some(Time(12)),
            duration: Some(30),
            response: Some("answered".to_owned()),
            tags: vec![
                pair("color", "blue"),
                pair(trace::NAME_TAG, "from the client"),
                pair("mlflow.artifactLocation", "s3://x"),
            ],
            ..Told::of(trace)
        };
        arrive(world, "Dana", experiment, arrived(id("one"))).unwrap();
        let (alone, ..) = seen(world, "Mara", &id("one")).unwrap();
        assert_eq!(
            (alone.name.as_deref(), alone.state, alone.at, alone.duration),
            (Some("from spans"), State::Ok, Time(10), Some(80))
        );
        tell(world, "Dana", experiment, told(id("one"))).unwrap();
        tell(world, "Dana", experiment, told(id("two"))).unwrap();
        arrive(world, "Mei", experiment, arrived(id("two"))).unwrap();
        let mut both = Vec::new();
        for trace in ["one", "two"] {
            arrive(world, "Dana", experiment, arrived(id(trace))).unwrap();
            tell(world, "Dana", experiment, told(id(trace))).unwrap();
            let (found, content, spans) = seen(world, "Mara", &id(trace)).unwrap();
            assert_eq!(spans, [r#"{"name":"span a"}"#, r#"{"name":"span b"}"#], "roots first");
            both.push((Trace { num: 0, id: id("x"), ..found }, content));
        }
        let (first, content) = both.remove(0);
        assert_eq!((first.clone(), content.clone()), both.remove(0), "whoever comes first");
        assert_eq!(
            (first.name.as_deref(), first.state, first.at, first.duration),
            (Some("from the client"), State::Error, Time(12), Some(30))
        );
        assert_eq!((first.request.as_deref(), first.response.as_deref()), (Some("asked"), Some("answered")));
        assert_eq!(content.tags, [pair("color", "blue"), pair("service", "shop")]);
        assert!(first.told && first.spanned);
    });
}

#[test]
fn tokens_are_added_up_over_the_tree_unless_the_client_told_them() {
    each_world(|world| {
        let experiment = an_experiment(world, "tokens");
        let used = |id: &str, parent, tokens: &str| Span { usage: Some(tokens.to_owned()), ..span(id, parent, (1, 2)) };
        for (part, tokens) in [
            (used("b", Some("a"), r#"{"input_tokens": 3}"#), 3),
            (used("c", Some("a"), r#"{"input_tokens": 4}"#), 7),
            (used("a", None, r#"{"input_tokens": 9}"#), 9),
        ] {
            arrive(world, "Dana", experiment, Arrived { spans: vec![part], ..Arrived::of(id("t")) }).unwrap();
            let (_, content, _) = seen(world, "Dana", &id("t")).unwrap();
            assert_eq!(content.metadata, [pair(trace::TOKENS, &format!(r#"{{"input_tokens":{tokens}}}"#))]);
        }
        let told = Told { metadata: vec![pair(trace::TOKENS, "{}")], ..Told::of(id("t")) };
        tell(world, "Dana", experiment, told).unwrap();
        arrive(
            world,
            "Dana",
            experiment,
            Arrived { spans: vec![used("a", None, r#"{"input_tokens": 1}"#)], ..Arrived::of(id("t")) },
        )
        .unwrap();
        assert_eq!(seen(world, "Dana", &id("t")).unwrap().1.metadata, [pair(trace::TOKENS, "{}")]);
    });
}

#[test]
fn only_those_who_may_write_and_look() {
    each_world(|world| {
        let experiment = an_experiment(world, "doors");
        let arrived = || Arrived { spans: vec![span("a", None, (1, 2))], ..Arrived::of(id("t")) };
        assert!(arrive(world, "Mara", experiment, arrived()).unwrap_err().is(Kind::Forbidden));
        assert!(arrive(world, "Rita", experiment, arrived()).unwrap_err().is(Kind::NotFound));
        arrive(world, "Dana", experiment, arrived()).unwrap();
        assert!(seen(world, "Rita", &id("t")).unwrap_err().is(Kind::NotFound));
        assert!(tell(world, "Mara", experiment, Told::of(id("t"))).unwrap_err().is(Kind::Forbidden));
        let (mara, dana, rita) = (world.actor("Mara"), world.actor("Dana"), world.actor("Rita"));
        let tag = |actor: people::Actor, key: &'static str| {
            act(world, move |tx| trace::set_tag(tx, &actor, &id("t"), key, "1"))
        };
        assert!(tag(mara.clone(), "a").unwrap_err().is(Kind::Forbidden));
        assert!(tag(rita.clone(), "a").unwrap_err().is(Kind::NotFound));
        assert!(tag(dana.clone(), "mlflow.trace.spansLocation").unwrap_err().is(Kind::Invalid));
        assert!(tag(dana.clone(), "a/../b").unwrap_err().is(Kind::Invalid));
        tag(dana, "a").unwrap();
        let delete = |actor: people::Actor| {
            act(world, move |tx| trace::delete(tx, &actor, experiment, &Chosen::These(vec![id("t")])))
        };
        assert!(delete(mara).unwrap_err().is(Kind::Forbidden));
        assert!(delete(rita).unwrap_err().is(Kind::NotFound));
        for wrong in ["", "a/b", "..", "ä", &"x".repeat(101)] {
            let refused = tell(world, "Dana", experiment, Told::of(TraceId(wrong.to_owned()))).unwrap_err();
            assert!(refused.detail().starts_with("trace_id"), "{wrong}");
        }
    });
}

#[test]
fn deleting_is_an_event_and_leaves_nothing() {
    each_world(|world| {
        let experiment = an_experiment(world, "gone");
        for (trace, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            arrive(
                world,
                "Dana",
                experiment,
                Arrived { spans: vec![span("a", None, (at, at))], ..Arrived::of(id(trace)) },
            )
            .unwrap();
        }
        let before = world.events().len();
        let delete = |chosen: Chosen| {
            let dana = world.actor("Dana");
            act(world, move |tx| trace::delete(tx, &dana, experiment, &chosen)).unwrap()
        };
        assert_eq!(delete(Chosen::Until(Time(2), Some(1))), 1);
        assert!(seen(world, "Dana", &id("a")).is_err());
        assert_eq!(delete(Chosen::These(vec![id("d"), id("d"), id("none")])), 1);
        assert_eq!(delete(Chosen::Until(Time(2), None)), 1);
        assert_eq!(delete(Chosen::Until(Time(2), None)), 0);
        assert!(seen(world, "Dana", &id("c")).is_ok());
        let events: Vec<_> = world.events().split_off(before).into_iter().map(|event| event.kind).collect();
        assert_eq!(events, ["trace.deleted"; 3]);
        // The same id may come again, and finds nothing of the old one.
        arrive(world, "Dana", experiment, Arrived { spans: vec![span("z", None, (9, 9))], ..Arrived::of(id("d")) })
            .unwrap();
        assert_eq!(seen(world, "Dana", &id("d")).unwrap().2.len(), 1);
    });
}

#[test]
fn traces_are_found_by_what_they_and_their_spans_hold() {
    each_world(|world| {
        let experiment = an_experiment(world, "search");
        let dana = world.actor("Dana");
        let run = act(world, move |tx| run::create(tx, &dana, experiment, &run::New::default())).unwrap().id;
        for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
            let at = 1_000 * (place as i64 + 1);
            let long = "x".repeat(150) + name;
            let arrived = Arrived {
                spans: vec![
                    span(name, None, (at, at + 5)),
                    Span { kind: "LLM".to_owned(), ..span("z", Some(name), (at, at)) },
                ],
                name: Some(format!("trace {name}")),
                tags: vec![pair("long", &long)],
                metadata: if name == "a" { vec![pair(trace::SOURCE_RUN, run.as_str())] } else { vec![] },
                ..Arrived::of(id(name))
            };
            arrive(world, "Dana", experiment, arrived).unwrap();
        }
        let (dana, linked) = (world.actor("Dana"), run.clone());
        act(world, move |tx| trace::link_to_run(tx, &dana, &[id("c"), id("none")], &linked)).unwrap();

        let find = |who: &str, search: Search<Field>, patterns: Vec<Pattern>| {
            let actor = world.actor(who);
            let found = world.db.read_blocking(move |tx| {
                trace::search(tx, &actor, &[experiment, ExperimentId(404)], &search, &patterns)
            });
            found.unwrap().items.into_iter().map(|trace| trace.id.as_str()[3..].to_owned()).collect::<String>()
        };
        let by = |conditions: Vec<(Field, Test)>| {
            let conditions = conditions.into_iter().map(|(field, test)| Condition { field, test }).collect();
            find("Dana", Search { conditions, ..Search::default() }, vec![])
        };
        let equal = |text: &str| Test::Text(TextOperator::Equal, text.to_owned());
        let like = |text: &str| Test::Text(TextOperator::Like, text.to_owned());
        use SpanField as S;
        let told = [
            (by(vec![]), "cba"),
            (by(vec![(Field::Attribute(Attribute::Name), equal("trace b"))]), "b"),
            (by(vec![(Field::Attribute(Attribute::At), Test::Number(NumberOperator::Above, 1_000.0))]), "cb"),
            (by(vec![(Field::Attribute(Attribute::EndedAt), Test::Number(NumberOperator::AtMost, 1_005.0))]), "a"),
            (by(vec![(Field::Tag("long".to_owned()), equal(&("x".repeat(150) + "b")))]), "b"),
            (by(vec![(Field::Tag("long".to_owned()), like("%c"))]), "c"),
            (by(vec![(Field::Tag("none".to_owned()), Test::Null)]), "cba"),
            (by(vec![(Field::Run, equal(run.as_str()))]), "ca"),
            (by(vec![(Field::Run, Test::Null)]), "cb"),
            (by(vec![(Field::Span(S::Name), equal("span a")), (Field::Span(S::Kind), equal("TOOL"))]), "a"),
            (by(vec![(Field::Span(S::Name), equal("span a")), (Field::Span(S::Kind), equal("LLM"))]), ""),
            (by(vec![(Field::Span(S::Attribute("model".to_owned())), equal("m-b"))]), "b"),
            (by(vec![(Field::Text, like("%span c%"))]), "c"),
            (by(vec![(Field::Attribute(Attribute::State), Test::In(vec!["ERROR".to_owned()]))]), ""),
        ];
        for (place, (found, expected)) in told.iter().enumerate() {
            assert_eq!(found, expected, "number {place}");
        }
        let pattern = |field: Field, expression: &str| {
            let patterns = vec![Pattern { field, expression: expression.to_owned() }];
            find("Mara", Search::default(), patterns)
        };
        assert_eq!(pattern(Field::Attribute(Attribute::Name), "[ac]$"), "ca");
        assert_eq!(pattern(Field::Span(S::Attribute("model".to_owned())), "^m-b"), "b");
        assert_eq!(pattern(Field::Tag("long".to_owned()), "^y"), "");
        assert_eq!(find("Rita", Search::default(), vec![]), "", "not hers");
        let ordered = |field: Field, descending| {
            find("Dana", Search { order: vec![Order { field, descending }], ..Search::default() }, vec![])
        };
        assert_eq!(ordered(Field::Run, false), "acb");
        assert_eq!(ordered(Field::Run, true), "acb", "those without come last");
        assert_eq!(ordered(Field::Tag("long".to_owned()), false), "abc");
        assert_eq!(ordered(Field::Attribute(Attribute::Duration), true), "cba");
    });
}

#[test]
fn what_comes_from_elsewhere_comes_once_and_ends_later() {
    each_world(|world| {
        let (there, elsewhere) = (an_experiment(world, "brought"), an_experiment(world, "another"));
        let bring = |who: &str, experiment: ExperimentId, state: State, spans: Vec<Span>, tags: &[(&str, &str)]| {
            let told = Told {
                state,
                at: Some(Time(12)),
                tags: tags.iter().map(|(key, value)| pair(key, value)).collect(),
                metadata: vec![pair("team", "growth")],
                ..Told::of(id("1"))
            };
            let arrived = Arrived { spans, ..Arrived::of(id("1")) };
            let brought = trace::Brought { told, arrived, prompts: vec![pair("greeting", "1")] };
            let actor = world.actor(who);
            act(world, move |tx| trace::bring(tx, &actor, experiment, &brought))
        };
        let first = || vec![span("a", None, (10, 50))];
        assert!(bring("Mara", there, State::Ok, first(), &[]).unwrap_err().is(Kind::Forbidden));
        assert!(bring("Rita", there, State::Ok, first(), &[]).unwrap_err().is(Kind::NotFound));
        let came = bring("Dana", there, State::InProgress, vec![], &[("lang", "de")]).unwrap();
        assert_eq!((came.at, came.told), (Time(12), true));
        assert!(bring("Mei", elsewhere, State::Ok, first(), &[]).unwrap_err().is(Kind::Conflict));

        let (dana, tagged) = (world.actor("Dana"), id("1"));
        act(world, move |tx| trace::set_tag(tx, &dana, &tagged, "lang", "fr")).unwrap();
        let both = vec![span("a", None, (10, 50)), span("b", Some("a"), (20, 30))];
        let name = (trace::NAME_TAG, "asked");
        bring("Mei", there, State::Error, both.clone(), &[("lang", "de"), ("new", "1"), name]).unwrap();
        bring("Mei", there, State::Ok, both, &[]).unwrap();
        let (trace, content, spans) = seen(world, "Mara", &id("1")).unwrap();
        assert_eq!((trace.state, trace.name.as_deref(), spans.len()), (State::Error, Some("asked"), 2));
        assert_eq!(content.tags, [pair("lang", "fr"), pair("new", "1")]);
        assert_eq!(content.metadata, [pair("team", "growth")]);
        assert_eq!(content.prompts, [pair("greeting", "1")]);
    });
}
