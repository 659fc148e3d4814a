//! What happens, told to an address outside.

use std::net::TcpListener;

use base::{Kind, Limit, Result};
use db::{
    Tx,
    job::{self, Lane},
};
use people::{
    Scope,
    team::{self, NewTeam},
    testing::{World, each_world},
};
use serde_json::{Value as Json, json};

use super::{
    Change, Happened, Headers, Language, New, Post, Told, Webhook, create,
    delivery::{self, DELIVER, Delivery, State},
    target::Allowed,
    watch,
};

const LANGUAGE: Language = Language {
    words: &["crew.formed", "crew.left"],
    kinds: &["team.created", "team.deleted"],
    tell,
    example: |word, _| json!({ "word": word, "example": true }),
    headers: Headers { delivery: "X-Delivery", timestamp: "X-Time", signature: "X-Signature" },
};

fn tell(_: &mut Tx, event: &Happened) -> Result<Vec<Told>> {
    let word = if event.kind == "team.created" { "crew.formed" } else { "crew.left" };
    Ok(vec![Told { word, body: json!({ "word": word, "team": event.data["team"] }) }])
}

struct Story<'w, 't> {
    world: &'w World<'t>,
    runtime: tokio::runtime::Runtime,
    post: Post,
    /// An address inside that was allowed, and where nobody answers.
    nobody: String,
}

/// Tells the story where one address on this machine is allowed.
fn each_story(story: impl Fn(&Story)) {
    each_world(|world| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let allowed = Allowed::new(vec![closed.to_string().parse().unwrap()]);
        let nobody = format!("https://{closed}/hook");
        story(&Story { world, runtime, post: Post::new(LANGUAGE, allowed), nobody });
    });
}

impl Story<'_, '_> {
    fn made(&self, name: &str) -> New {
        let events = vec!["crew.formed".to_owned()];
        let (name, url) = (name.to_owned(), self.nobody.clone());
        New { name, url, events, secret: Some("hush".to_owned()), active: true, ..New::default() }
    }

    fn create(&self, who: &str, new: &New) -> Result<Webhook> {
        let (actor, project) = (self.world.actor(who), self.world.churn.id.clone());
        self.runtime.block_on(create(&self.world.db.db, &self.post, &actor, &project, new))
    }

    fn change(&self, who: &str, hook: &Webhook, change: Change) -> Result<Webhook> {
        let actor = self.world.actor(who);
        self.runtime.block_on(super::change(&self.world.db.db, &self.post, &actor, &hook.id, &change))
    }

    fn team(&self, name: &str) {
        let (sam, new) = (self.world.actor("Sam"), NewTeam { name: name.to_owned(), members: vec![] });
        self.world.db.write_blocking(move |tx| team::create(tx, &sam, "CHURN", &new)).unwrap();
    }

    fn look(&self) {
        self.runtime.block_on(watch::look(&self.world.db.db, LANGUAGE)).unwrap();
    }

    /// Does what is due; says whether something was.
    fn deliver(&self) -> bool {
        let claimed = self.world.db.write_blocking(|tx| job::claim(tx, Lane::Only(DELIVER))).unwrap();
        let Some(claimed) = claimed else { return false };
        self.runtime.block_on(delivery::deliver(&self.world.db.db, &self.post, claimed)).unwrap();
        true
    }

    fn history(&self, hook: &Webhook) -> Vec<Delivery> {
        let (sam, id) = (self.world.actor("Sam"), hook.id.clone());
        self.world.db.read_blocking(move |tx| delivery::list(tx, &sam, &id, None, Limit(100))).unwrap().items
    }

    fn minutes_pass(&self, minutes: i64) {
        let now = self.world.db.clock.now();
        self.world.db.clock.set(now.plus_ms(minutes * 60_000));
    }
}

#[test]
fn only_those_who_administer_the_project_have_webhooks() {
    each_story(|story| {
        let hook = story.create("Sam", &story.made("ci")).unwrap();
        assert!(hook.active && hook.is_signed());
        for (who, kind) in [("Dana", Kind::Forbidden), ("Mara", Kind::Forbidden), ("Rita", Kind::NotFound)] {
            assert!(story.create(who, &story.made("x")).unwrap_err().is(kind), "{who} makes one");
            assert!(story.change(who, &hook, Change::default()).unwrap_err().is(kind), "{who} changes it");
            let (actor, id, project) = (story.world.actor(who), hook.id.clone(), hook.project.clone());
            let reading = move |tx: &mut Tx| {
                let listed = super::list(tx, &actor, &project, None, 10).unwrap_err();
                let got = super::get(tx, &actor, &id).unwrap_err();
                let seen = delivery::list(tx, &actor, &id, None, Limit(10)).unwrap_err();
                let gone = super::delete(tx, &actor, &id).unwrap_err();
                Ok([listed, got, seen, gone].iter().all(|refusal| refusal.is(kind)))
            };
            assert!(story.world.db.write_blocking(reading).unwrap(), "{who}");
            let (actor, id) = (story.world.actor(who), &hook.id);
            let tested = story.runtime.block_on(delivery::test(&story.world.db.db, &story.post, &actor, id, None));
            assert!(tested.unwrap_err().is(kind), "{who} tests it");
        }
        let told: Vec<_> = story.world.events().into_iter().filter(|e| e.kind.starts_with("webhook.")).collect();
        assert_eq!(told.len(), 1);
        assert!(!told[0].data.to_string().contains(&story.nobody), "the log names no address");
    });
}

#[test]
fn what_a_webhook_may_be_is_checked() {
    each_story(|story| {
        let refused = |new: New| story.create("Sam", &new).unwrap_err().detail().to_owned();
        let long = "x".repeat(64);
        for name in ["", "-ci", "ci.", "a b", "é", &long, "a\nb"] {
            assert!(refused(New { name: name.to_owned(), ..story.made("x") }).starts_with("name: must be 1 to 63"));
        }
        assert_eq!(refused(New { events: vec![], ..story.made("x") }), "events: must name at least one event");
        assert_eq!(
            refused(New { events: vec!["crew.sung".to_owned()], ..story.made("x") }),
            "events: knows no \"crew.sung\"; there are crew.formed, crew.left"
        );
        for inside in
            ["https://localhost/", "https://127.0.0.1:1/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/"]
        {
            let why = refused(New { url: inside.to_owned(), ..story.made("x") });
            assert!(why.contains("not a public address"), "{inside}: {why}");
        }
        let unknown = refused(New { url: "https://nobody.invalid/".to_owned(), ..story.made("x") });
        assert_eq!(unknown, "url: names a host that cannot be found");
        let hook = story.create("Sam", &story.made("ci")).unwrap();
        let moved =
            story.change("Sam", &hook, Change { url: Some("https://10.0.0.1/".to_owned()), ..Change::default() });
        assert!(moved.unwrap_err().detail().contains("not a public address"));
        let bare = story.change("Sam", &hook, Change { secret: Some(String::new()), ..Change::default() }).unwrap();
        assert!(!bare.is_signed());
        let all = vec!["crew.left".to_owned(), "crew.formed".to_owned(), "crew.left".to_owned()];
        let more = story.change("Sam", &hook, Change { events: Some(all), ..Change::default() }).unwrap();
        assert_eq!(more.events, ["crew.formed", "crew.left"]);
    });
}

#[test]
fn what_happens_is_told_once_and_tried_until_it_arrives() {
    each_story(|story| {
        story.team("before");
        let hook = story.create("Sam", &story.made("ci")).unwrap();
        let other = story.create("Sam", &New { events: vec!["crew.left".to_owned()], ..story.made("other") }).unwrap();
        story.look();
        assert_eq!(story.history(&hook), [], "it is told of what comes after it");
        story.team("Core");
        story.look();
        story.look();
        let made = story.history(&hook);
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].word.as_str(), made[0].state, made[0].tries), ("crew.formed", State::Waiting, 0));
        assert_eq!(story.history(&other), [], "it asked for something else");
        let body: Json = serde_json::from_str(&made[0].body).unwrap();
        assert_eq!(body["word"], "crew.formed");

        assert!(story.deliver());
        let tried = &story.history(&hook)[0];
        assert_eq!((&tried.id, tried.state, tried.tries, tried.status), (&made[0].id, State::Waiting, 1, None));
        assert!(tried.why.as_ref().unwrap().contains("refused"), "{:?}", tried.why);
        assert!(!story.deliver(), "it waits a little");
        for tries in 2..=24 {
            story.minutes_pass(61);
            assert!(story.deliver());
            let tried = &story.history(&hook)[0];
            assert_eq!((&tried.id, tried.tries), (&made[0].id, tries));
            assert_eq!(tried.body, made[0].body);
        }
        assert_eq!(story.history(&hook)[0].state, State::Failed);
        story.minutes_pass(61);
        assert!(!story.deliver(), "it was given up");

        let (sam, id, which) = (story.world.actor("Sam"), hook.id.clone(), made[0].id.clone());
        let replay = move |tx: &mut Tx| delivery::replay(tx, &sam, &id, &which);
        assert_eq!(story.world.db.write_blocking(replay.clone()).unwrap().state, State::Waiting);
        assert!(story.world.db.write_blocking(replay).unwrap_err().is(Kind::Conflict), "it waits already");
        assert!(story.deliver());
        let again = &story.history(&hook)[0];
        assert_eq!((&again.id, again.state, again.tries), (&made[0].id, State::Waiting, 25));
    });
}

#[test]
fn a_webhook_that_was_off_is_not_told_of_what_it_missed() {
    each_story(|story| {
        let hook = story.create("Sam", &story.made("ci")).unwrap();
        let switch = |active| story.change("Sam", &hook, Change { active: Some(active), ..Change::default() }).unwrap();
        story.team("told");
        story.look();
        switch(false);
        assert!(story.deliver());
        let told = &story.history(&hook)[0];
        assert_eq!((told.state, told.why.as_deref()), (State::Failed, Some("the webhook was switched off")));
        let (sam, id, which) = (story.world.actor("Sam"), hook.id.clone(), told.id.clone());
        let replayed = story.world.db.write_blocking(move |tx| delivery::replay(tx, &sam, &id, &which));
        assert!(replayed.unwrap_err().is(Kind::Conflict));
        story.team("missed");
        story.look();
        switch(true);
        story.team("heard");
        story.look();
        assert_eq!(story.history(&hook).len(), 2);

        let (sam, id) = (story.world.actor("Sam"), hook.id.clone());
        story.world.db.write_blocking(move |tx| super::delete(tx, &sam, &id)).unwrap();
        assert!(story.deliver(), "the job finds nothing to send");
        assert!(!story.deliver());
    });
}

#[test]
fn a_test_is_sent_at_once_and_stands_in_the_history() {
    each_story(|story| {
        let hook = story.create("Sam", &story.made("ci")).unwrap();
        let test = |word| {
            let sam = story.world.actor("Sam");
            story.runtime.block_on(delivery::test(&story.world.db.db, &story.post, &sam, &hook.id, word))
        };
        let outcome = test(None).unwrap();
        assert!(outcome.status.is_none() && outcome.why.is_some());
        assert!(test(Some("crew.sung")).unwrap_err().is(Kind::Invalid));
        let sent = story.history(&hook);
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].state, sent[0].seq, sent[0].tries), (State::Failed, None, 1));
        assert_eq!(sent[0].body, r#"{"example":true,"word":"crew.formed"}"#);
        assert!(!story.deliver(), "a test is not tried again");
    });
}

/// What a name means can change between looking and sending, so the address is looked at then too.
#[test]
fn nothing_is_sent_inside() {
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let post = Post::new(LANGUAGE, Allowed::default());
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0", "127.0.0.1."] {
        let url = format!("https://{host}:{port}/");
        let parcel =
            super::send::Parcel { id: "d".into(), url, secret: None, body: "{}".to_owned(), at: base::Time(0) };
        let outcome = runtime.block_on(post.send(parcel)).unwrap();
        assert_eq!(outcome.status, None, "{host}");
        assert!(outcome.why.is_some(), "{host}");
        assert!(inside.accept().is_err(), "{host} was connected to");
    }
}

#[test]
fn secrets_are_shown_to_nobody() {
    each_story(|story| {
        let app = story.world.app.clone().share(story.post.clone());
        let settings = people::door::Settings { content_policy: "default-src 'self'".to_owned() };
        let router = crate::routes(people::door::Door::new(app)).into_router(settings);
        let sam = people::testing::Client::new(router).bearer(&story.world.token("Sam", Scope::Full, None));
        let webhooks = "/api/v1/projects/CHURN/webhooks";
        let new = json!({ "name": "ci", "url": story.nobody, "events": ["crew.formed"], "secret": "hush hush" });
        let made = sam.post(webhooks, new);
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let one = format!("/api/v1/webhooks/{id}");
        let changed = sam.patch(&one, json!({ "secret": "quite hush hush" }));
        let tested = sam.post(&format!("{one}/test"), json!({}));
        assert_eq!(tested.json()["delivered"], false);
        let listed = sam.get(webhooks);
        assert_eq!(listed.json()["events"], json!(LANGUAGE.words));
        let sent = sam.get(&format!("{one}/deliveries"));
        for answer in [made, changed, tested, listed, sam.get(&one), sent] {
            assert!((200..300).contains(&answer.status), "{}", answer.text());
            assert!(!answer.text().contains("hush"), "{}", answer.text());
        }
        assert!(story.world.events().iter().all(|event| !event.data.to_string().contains("hush")));
        let delivery = sam.get(&format!("{one}/deliveries")).json()["items"][0]["id"].as_str().unwrap().to_owned();
        let replayed = sam.post(&format!("{one}/deliveries/{delivery}/replay"), json!({}));
        assert_eq!((replayed.status, replayed.json()["state"].clone()), (200, json!("waiting")));
        assert_eq!(sam.delete(&one).status, 204);
        assert_eq!(sam.get(&one).status, 404);
    });
}
