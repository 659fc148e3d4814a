//! Stories about fields of a project's own, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{changed, made, signed_in};

const FIELDS: &str = "/api/v1/projects/CHURN/fields";

#[test]
fn a_project_adds_fields_of_its_own() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let wanted = json!({ "fields": [
            { "name": "Customer", "holds": "text" }, { "name": "GPU hours", "holds": "number" },
            { "name": "Risk", "holds": "choice", "choices": ["low", "high"] }, { "name": "Frozen", "holds": "day" },
            { "name": "Regulated", "holds": "yes_no" },
        ] });
        assert_eq!(dana.put(FIELDS, wanted.clone()).status, 403);
        let fields = sam.put(FIELDS, wanted).json()["items"].clone();
        let custom =
            json!({ "customer": "ACME", "GPU hours": 61.5, "Risk": "high", "Frozen": "2026-03-10", "Regulated": true });
        let item = made(&dana, "CHURN", json!({ "title": "Train", "custom": custom }));
        assert_eq!(
            item["custom"],
            json!({ "Customer": "ACME", "GPU hours": 61.5, "Risk": "high", "Frozen": "2026-03-10", "Regulated": true })
        );
        let less = changed(&dana, "CHURN-1", json!({ "custom": { "Risk": null, "Customer": "=1+1" } }));
        assert_eq!((&less.json()["custom"]["Customer"], less.json()["custom"].get("Risk")), (&json!("=1+1"), None));
        for (custom, why) in [
            (json!({ "Risk": "medium" }), "custom.Risk: must be one of low, high"),
            (json!({ "GPU hours": "many" }), "custom.GPU hours: must be a number"),
            (json!({ "Frozen": "soon" }), "custom.Frozen: must be a day like 2026-03-01"),
            (json!({ "Colour": 1 }), "custom.Colour: is no field of this project"),
        ] {
            assert_eq!(changed(&dana, "CHURN-1", json!({ "custom": custom })).detail(), why);
        }
        let renamed = json!({ "fields": [{ "id": fields[1]["id"], "name": "Hours", "holds": "number" }, { "name": "Colour", "holds": "text" }] });
        assert_eq!(sam.put(FIELDS, renamed).json()["items"].as_array().unwrap().len(), 2);
        assert_eq!(
            dana.get("/api/v1/items/CHURN-1").json()["custom"],
            json!({ "Hours": 61.5 }),
            "a new field shows no old value"
        );
        let other = json!({ "fields": [{ "id": fields[1]["id"], "name": "Hours", "holds": "text" }] });
        assert_eq!(
            sam.put(FIELDS, other).detail(),
            "GPU hours holds number and stays so. Make another field.".replace("GPU hours", "Hours")
        );
        for (fields, why) in [
            (
                json!([{ "name": "a", "holds": "text" }, { "name": "A", "holds": "text" }]),
                "fields[1].name: is there twice",
            ),
            (
                json!([{ "name": "a", "holds": "choice" }]),
                "fields[0].choices: must be 1 to 200 for a choice, and none otherwise",
            ),
            (json!([{ "id": 999, "name": "a", "holds": "text" }]), "fields[0].id: is no field here"),
        ] {
            assert_eq!(sam.put(FIELDS, json!({ "fields": fields })).detail(), why);
        }
    });
}

#[test]
fn history_calls_a_field_as_it_was_called_then() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let fields = |wanted| sam.put(FIELDS, json!({ "fields": wanted })).json()["items"].clone();
        let price = fields(json!([{ "name": "Price", "holds": "number" }]))[0]["id"].clone();
        made(&dana, "CHURN", json!({ "title": "Train", "custom": { "Price": 1 } }));
        changed(&dana, "CHURN-1", json!({ "custom": { "Price": 2 } }));
        fields(json!([{ "id": price, "name": "Cost", "holds": "number" }, { "name": "Price", "holds": "text" }]));
        changed(&dana, "CHURN-1", json!({ "custom": { "Cost": 3, "Price": "high" } }));
        fields(json!([]));
        let told = dana.get("/api/v1/items/CHURN-1/history").json()["items"].clone();
        let custom = |place: usize, side: &str| told[place]["body"][side]["custom"].clone();
        assert_eq!(custom(0, "after"), json!({ "Cost": 3, "Price": "high" }));
        assert_eq!((custom(1, "before"), custom(1, "after")), (json!({ "Price": 1 }), json!({ "Price": 2 })));
        assert_eq!(custom(2, "after"), json!({ "Price": 1 }), "when it was made, too");
        assert_eq!(told[1]["body"].get("custom_names"), None);
    });
}
