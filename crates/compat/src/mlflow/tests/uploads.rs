use axum::http::Method;
use serde_json::{Value, json};

use super::{Mlflow, each_story, refused, told};

const API: &str = "/api/2.0/mlflow-artifacts";

fn post(who: &Mlflow, route: &str, body: Value) -> people::testing::Answered {
    who.client.post(&format!("{API}/{route}"), body)
}

/// The address without the server's name, as this test has no network.
fn below(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url[url.find("/api/").expect("a path")..].to_owned()
}

#[test]
fn a_file_comes_in_parts() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("parts");
        let root = format!("{experiment}/{}/artifacts", dana.run(&experiment));
        let started = told(post(
            &dana,
            &format!("mpu/create/{root}/model"),
            json!({ "path": "/home/dana/w 1.bin", "num_parts": 2 }),
        ));
        let numbers: Vec<&Value> =
            started["credentials"].as_array().unwrap().iter().map(|c| &c["part_number"]).collect();
        assert_eq!(numbers, [&json!(1), &json!(2)]);
        let nobody = dana.client.without("authorization");
        let parts: Vec<Value> = ["hel", "lo"]
            .iter()
            .enumerate()
            .map(|(at, bytes)| {
                let sent = nobody.raw(Method::PUT, &below(&started["credentials"][at]["url"]), *bytes);
                assert_eq!(sent.status, 200, "{}", sent.text());
                json!({ "part_number": at + 1, "etag": sent.header("etag"), "url": started["credentials"][at]["url"] })
            })
            .collect();
        let upload = started["upload_id"].clone();
        let complete = |parts: Value| {
            post(
                &dana,
                &format!("mpu/complete/{root}/model"),
                json!({ "path": "C:\\w 1.bin", "upload_id": upload, "parts": parts }),
            )
        };
        for (wrong, says) in [
            (json!([]), "parts"),
            (json!([parts[0]]), "must be all 2"),
            (json!([parts[0], parts[0]]), "named twice"),
            (json!([parts[1], { "part_number": 3, "etag": "x" }]), "The part 1 is not named"),
            (json!([parts[0], { "part_number": 2 }]), "etag"),
            (json!([parts[1], { "part_number": 1, "etag": "0" }]), "part 1 is not the one"),
        ] {
            let message = refused(&complete(wrong), "INVALID_PARAMETER_VALUE");
            assert!(message.contains(says), "{message}");
        }
        assert_eq!(told(complete(json!([parts[1], parts[0]]))), json!({}));
        assert_eq!(dana.client.get(&format!("{API}/artifacts/{root}/model/w%201.bin")).text(), "hello");

        let presigned = told(dana.client.get(&format!("{API}/presigned/{root}/model/w%201.bin")));
        assert_eq!((presigned["file_size"].clone(), presigned["headers"].clone()), (json!(5), json!({})));
        let part = nobody.with("range", "bytes=3-4").get(&below(&presigned["url"]));
        assert_eq!((part.status, part.text().as_str(), part.header("content-range")), (206, "lo", "bytes 3-4/5"));
        for many in [json!(0), json!(10_001), json!(-1), json!(null)] {
            let message = refused(
                &post(&dana, &format!("mpu/create/{root}"), json!({ "path": "x", "num_parts": many })),
                "INVALID_PARAMETER_VALUE",
            );
            assert!(message.starts_with("Multipart upload is not supported for the current artifact repository"));
        }
        for name in ["..", ".", "", "a/..", "a;b"] {
            let answer = post(&dana, &format!("mpu/create/{root}"), json!({ "path": name, "num_parts": 1 }));
            refused(&answer, "INVALID_PARAMETER_VALUE");
        }
    });
}

#[test]
fn nobody_goes_on_with_an_upload_of_somebody_else() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("mine");
        let root = format!("{experiment}/{}/artifacts", dana.run(&experiment));
        let create = |who: &Mlflow| post(who, &format!("mpu/create/{root}"), json!({ "path": "x", "num_parts": 1 }));
        let started = told(create(&dana));
        let sent = dana.client.raw(Method::PUT, &below(&started["credentials"][0]["url"]), "hello");
        let body = json!({ "path": "x", "upload_id": started["upload_id"], "parts": [{ "part_number": 1, "etag": sent.header("etag") }] });
        for (who, code) in
            [("Mei", "RESOURCE_DOES_NOT_EXIST"), ("Mara", "PERMISSION_DENIED"), ("Rita", "RESOURCE_DOES_NOT_EXIST")]
        {
            let who = sign_in(who);
            refused(&post(&who, &format!("mpu/complete/{root}"), body.clone()), code);
            refused(&post(&who, &format!("mpu/abort/{root}"), body.clone()), code);
        }
        refused(&create(&sign_in("Mara")), "PERMISSION_DENIED");
        refused(&create(&sign_in("Rita")), "RESOURCE_DOES_NOT_EXIST");
        refused(&dana.client.get(&format!("{API}/artifacts/{root}/x")), "RESOURCE_DOES_NOT_EXIST");
        assert_eq!(told(post(&dana, &format!("mpu/abort/{root}"), body.clone())), json!({}));
        refused(&post(&dana, &format!("mpu/complete/{root}"), body), "RESOURCE_DOES_NOT_EXIST");
    });
}

#[test]
fn addresses_are_handed_on() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("handed on");
        let run = dana.run(&experiment);
        let model = dana.ok("logged-models", json!({ "experiment_id": experiment, "name": "m" }));
        let model = model["model"]["info"]["model_id"].clone();
        let nobody = dana.client.without("authorization");
        for whose in [json!({ "run_id": run }), json!({ "model_id": model })] {
            let mut body = whose.clone();
            body["path"] = json!("deep/card.md");
            let handed = dana.ok("artifacts/presigned-upload-url", body);
            assert_eq!(nobody.raw(Method::PUT, &below(&handed["presigned_url"]), "# Card").status, 200);
        }
        let body = json!({ "run_id": run, "path": "deep/card.md", "expiration": 60 });
        let handed = dana.ok("artifacts/presigned-download-url", body.clone());
        assert_eq!(handed["file_size"], 6);
        assert_eq!(nobody.get(&below(&handed["presigned_url"])).text(), "# Card");
        for wrong in [
            json!({ "path": "x" }),
            json!({ "run_id": run, "model_id": model, "path": "x" }),
            json!({ "run_id": run }),
            json!({ "run_id": run, "path": "../x" }),
            json!({ "run_id": run, "path": "x", "expiration": 0 }),
            json!({ "run_id": run, "path": "x", "expiration": 604_801 }),
            json!({ "run_id": run, "path": "x", "expiration": "soon" }),
        ] {
            refused(&dana.post("artifacts/presigned-upload-url", wrong), "INVALID_PARAMETER_VALUE");
        }
        let mara = sign_in("Mara");
        refused(&mara.post("artifacts/presigned-upload-url", body.clone()), "PERMISSION_DENIED");
        assert_eq!(mara.post("artifacts/presigned-download-url", body.clone()).status, 200);
        refused(&sign_in("Rita").post("artifacts/presigned-download-url", body), "RESOURCE_DOES_NOT_EXIST");
    });
}
