//! The list of a project's sittings.

use people::testing::each_world;
use serde_json::{Value, json};

use super::{ESTIMATES, Table, done, item, names, refused, signed_in};

#[test]
fn the_list_shows_what_goes_on_first_page_by_page() {
    each_world(|world| {
        let [sam, dana, mei, mara] = ["Sam", "Dana", "Mei", "Mara"].map(|name| signed_in(world, name));
        assert_eq!(done(mara.get(ESTIMATES)), json!({ "items": [], "next": null }));
        let keys = ["One", "Two", "Three"].map(|title| item(&sam, json!({ "title": title })));
        let tables: Vec<Table> = (1..=5).map(|_| Table::new(&sam, json!({}))).collect();
        for (table, key, card) in [(&tables[0], &keys[0], "3"), (&tables[1], &keys[1], "8")] {
            table.open(&sam, key);
            table.votes(&[(&dana, card), (&mei, card)]);
            done(table.does(&sam, "reveal", json!({})));
            done(table.does(&sam, "accept", json!({})));
        }
        tables[0].open(&sam, &keys[2]);
        tables[0].votes(&[(&dana, "5")]);
        for closed in [&tables[1], &tables[3]] {
            done(sam.post(&format!("{}/close", closed.sitting), json!({})));
        }
        let page = |cursor: &Value| {
            let cursor = cursor.as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = done(mara.get(&format!("{ESTIMATES}?limit=2{cursor}")));
            (names(&page["items"]), page)
        };
        let poker = |numbers: [i64; 2]| numbers.map(|number| format!("Planning poker {number}"));
        let (titles, first) = page(&Value::Null);
        assert_eq!(titles, poker([5, 3]));
        let (titles, second) = page(&first["next"]);
        assert_eq!(titles, poker([1, 4]), "what is closed comes after all that goes on");
        let (titles, third) = page(&second["next"]);
        assert_eq!((titles, &third["next"]), (vec!["Planning poker 2".to_owned()], &Value::Null));

        let none = json!({ "items": 0, "rounds": 0, "votes": 0, "discussed": 0, "points": 0.0, "estimated": 0, "unestimated": 0 });
        assert_eq!((&first["items"][0]["totals"], &first["items"][0]["estimating"]), (&none, &Value::Null));
        let open = json!({ "items": 2, "rounds": 2, "votes": 2, "discussed": 0, "points": 3.0, "estimated": 1, "unestimated": 1 });
        assert_eq!((&second["items"][0]["totals"], &second["items"][0]["estimating"]), (&open, &json!(keys[2])));
        let closed = json!({ "items": 1, "rounds": 1, "votes": 2, "discussed": 0, "points": 8.0, "estimated": 1, "unestimated": 0 });
        assert_eq!((&third["items"][0]["totals"], &third["items"][0]["moderator"]["name"]), (&closed, &json!("Sam")));
        assert_eq!(refused(mara.get(&format!("{ESTIMATES}?limit=101"))).0, 400);
        assert_eq!(refused(mara.get(&format!("{ESTIMATES}?cursor=nothing"))).0, 400);
    });
}
