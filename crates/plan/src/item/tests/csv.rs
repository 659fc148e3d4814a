//! Stories about the list as a table.

use people::testing::each_world;
use serde_json::json;

use super::{changed, made, signed_in};

#[test]
fn the_table_holds_what_the_list_knows_and_computes_nothing() {
    each_world(|world| {
        let (dana, sam) = (signed_in(world, "Dana"), signed_in(world, "Sam"));
        let table = |query: &str| {
            let csv = dana.get(&format!("/api/v1/projects/CHURN/items.csv{query}"));
            assert_eq!(csv.status, 200, "{}", csv.text());
            csv.text().split("\r\n").map(str::to_owned).collect::<Vec<_>>()
        };
        let usual = "key,kind,title,status,category,priority,estimate,assignee,trade,labels,parent,sprint,team,due,domain,\
                     class,done_profile,blocked,blocked_since,created_at,started_at,done_at,updated_at";
        assert_eq!(table(""), [usual, ""], "a project without items has no less");

        let fields = json!([
            { "name": "Risk", "holds": "text" },
            { "name": "=Hours", "holds": "number" },
            { "name": "Signed", "holds": "yes_no" },
        ]);
        assert_eq!(sam.put("/api/v1/projects/CHURN/fields", json!({ "fields": fields })).status, 200);
        let sprint = dana.post("/api/v1/projects/CHURN/sprints", json!({ "name": "-1 day" })).json();
        let admin = world.actor("Sam");
        let new = people::team::NewTeam { name: "@models".to_owned(), members: Vec::new() };
        let team = world.db.write_blocking(move |tx| people::team::create(tx, &admin, "CHURN", &new)).unwrap();
        made(&dana, "CHURN", json!({ "title": "Retention", "kind": "epic" }));
        let all = json!({
            "title": "+1", "kind": "data", "priority": "urgent", "estimate": 0.5, "assignee": "me", "trade": "ml_engineer",
            "labels": ["gpu", "-5"], "parent": "CHURN-1", "sprint": sprint["id"], "team": team.id, "due": "2026-03-05",
            "domain": "clear", "done_profile": "data", "custom": { "Risk": "-5", "=Hours": -2.5, "Signed": true },
        });
        made(&dana, "CHURN", all);
        changed(&dana, "CHURN-2", json!({ "blocked": "=1+1, they say" }));
        for title in ["=1+1", "-5", "@SUM(A1)", "＝1", "5", "a+b"] {
            made(&dana, "CHURN", json!({ "title": title }));
        }
        let lines = table("?kind=data,task");
        assert_eq!(lines[0], format!("{usual},custom.Risk,custom.=Hours,custom.Signed"));
        let at = "2026-03-02T09:00:00.000Z";
        assert_eq!(
            lines[1],
            format!(
                "CHURN-2,data,'+1,Backlog,open,urgent,0.5,dana@slipway.test,ml_engineer,\"'-5, gpu\",CHURN-1,'-1 day,\
                 '@models,2026-03-05,clear,standard,data,\"'=1+1, they say\",{at},{at},,,{at},'-5,-2.5,true"
            )
        );
        let titles: Vec<&str> = lines[2..8].iter().map(|line| line.split(',').nth(2).unwrap()).collect();
        assert_eq!(titles, ["'=1+1", "'-5", "'@SUM(A1)", "'＝1", "5", "a+b"]);
        assert!(lines[2].ends_with(&format!(",{at},,,{at},,,")), "no values: {}", lines[2]);
    });
}
