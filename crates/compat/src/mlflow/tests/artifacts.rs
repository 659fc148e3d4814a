use axum::http::Method;
use serde_json::json;

use super::{each_story, refused};

const ROUTE: &str = "/api/2.0/mlflow-artifacts/artifacts";

#[test]
fn files_go_up_and_come_down() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("files");
        let run = dana.run(&experiment);
        let root = format!("{experiment}/{run}/artifacts");
        let put = |path: &str, bytes: &str| dana.client.raw(Method::PUT, &format!("{ROUTE}/{root}/{path}"), bytes);
        assert_eq!(put("deep/one.json", "{\"a\": 1}").status, 200);
        assert_eq!(put("gr%C3%BCn%20%E2%9C%93.txt", "0123456789").status, 200);

        let got = dana.client.get(&format!("{ROUTE}/{root}/gr%C3%BCn%20%E2%9C%93.txt"));
        assert_eq!((got.status, got.text().as_str()), (200, "0123456789"));
        assert!(got.header("content-disposition").contains("filename*=UTF-8''gr%C3%BCn%20%E2%9C%93.txt"));
        assert!(got.header("content-type").starts_with("text/plain"));
        let part = dana.client.with("range", "bytes=7-").get(&format!("{ROUTE}/{root}/gr%C3%BCn%20%E2%9C%93.txt"));
        assert_eq!((part.status, part.text().as_str()), (206, "789"));

        let listed = |path: &str| dana.client.get(&format!("{ROUTE}?path={path}")).json();
        assert_eq!(
            listed(&root),
            json!({ "files": [{ "path": "deep", "is_dir": true }, { "path": "grün ✓.txt", "is_dir": false, "file_size": 10 }] })
        );
        assert_eq!(listed("987654321/x"), json!({}));
        assert_eq!(listed(""), json!({}));
        let by_run = dana.read(&format!("artifacts/list?run_id={run}&path=deep"));
        assert_eq!(by_run["files"], json!([{ "path": "deep/one.json", "is_dir": false, "file_size": 8 }]));
        assert_eq!(by_run["root_uri"], json!(format!("mlflow-artifacts:/{root}")));

        refused(&put("deep", "onto a folder"), "INVALID_PARAMETER_VALUE");
        refused(&put("deep/one.json/below", "below a file"), "INVALID_PARAMETER_VALUE");
        assert_eq!(dana.client.delete(&format!("{ROUTE}/{root}/deep")).status, 200);
        assert_eq!(dana.client.delete(&format!("{ROUTE}/{root}/deep")).status, 200);
        refused(&dana.client.get(&format!("{ROUTE}/{root}/deep/one.json")), "RESOURCE_DOES_NOT_EXIST");
    });
}

/// `hello`, as it was meant; on the way it may have become something else.
#[test]
fn bytes_have_the_digests_that_their_sender_says() {
    const MEANT: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("digests");
        let place = format!("{ROUTE}/{experiment}/{}/artifacts/x.txt", dana.run(&experiment));
        let rfc = format!("sha-512=:AAAA:, sha-256=:{MEANT}:");
        let old = format!("SHA-256={MEANT}");
        for (name, value) in [
            ("content-digest", rfc.as_str()),
            ("repr-digest", &rfc),
            ("digest", &old),
            ("x-amz-checksum-sha256", MEANT),
        ] {
            let client = dana.client.with(name, value);
            assert!(
                refused(&client.raw(Method::PUT, &place, "hellO"), "INVALID_PARAMETER_VALUE").contains("Send it again")
            );
            refused(&client.get(&place), "RESOURCE_DOES_NOT_EXIST");
            assert_eq!(client.raw(Method::PUT, &place, "hello").status, 200, "{name}");
            assert_eq!(client.delete(&place).status, 200);
        }
        for odd in ["sha-256=:hello:", "garbage", "sha-512=:AAAA:"] {
            let odd = dana.client.with("content-digest", odd).raw(Method::PUT, &place, "hello");
            assert!(refused(&odd, "INVALID_PARAMETER_VALUE").contains("must hold a SHA-256 digest"));
        }
    });
}

#[test]
fn no_path_leads_out() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("tricks");
        let root = format!("{experiment}/{}/artifacts", dana.run(&experiment));
        for trick in [
            "%2e%2e/x",
            "a/%2e%2e/%2e%2e/x",
            "..%2f..%2fx",
            "%252e%252e%252fx",
            "../../x",
            "a%23b",
            "a%2523b",
            "a//b",
            "./a",
            "a%00b",
            "%ff",
            "a/",
            "%25252e%25252e/x",
        ] {
            for method in [Method::PUT, Method::GET, Method::DELETE] {
                let answer = dana.client.raw(method, &format!("{ROUTE}/{root}/{trick}"), "out");
                refused(&answer, "INVALID_PARAMETER_VALUE");
            }
        }
        for absolute in ["%2fetc%2fpasswd", "%252fetc%252fpasswd"] {
            refused(&dana.client.get(&format!("{ROUTE}/{absolute}")), "INVALID_PARAMETER_VALUE");
        }
        for query in ["../../x", "/etc", "%252e%252e", "a%2523b"] {
            refused(&dana.client.get(&format!("{ROUTE}?path={query}")), "INVALID_PARAMETER_VALUE");
        }
        assert_eq!(dana.client.get(&format!("{ROUTE}?path={root}")).json(), json!({}));
    });
}

/// An experiment has one number, a run one id, and nothing lies above or beside their artifacts.
#[test]
fn nothing_lies_beside_a_run() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("beside");
        let run = dana.run(&experiment);
        let file = format!("{ROUTE}/{experiment}/{run}/artifacts/kept.txt");
        assert_eq!(dana.client.raw(Method::PUT, &file, "kept").status, 200);
        let unknown = "f".repeat(32);
        for beside in [
            format!("0{experiment}/{run}/artifacts"),
            format!("{experiment}/{}/artifacts", run.to_uppercase()),
            format!("{experiment}/{unknown}/artifacts"),
            format!("{experiment}/models/m-{unknown}/artifacts"),
            format!("{experiment}/{run}"),
            experiment.to_string(),
        ] {
            for method in [Method::PUT, Method::GET, Method::DELETE] {
                let answer = dana.client.raw(method, &format!("{ROUTE}/{beside}/kept.txt"), "beside");
                refused(&answer, "RESOURCE_DOES_NOT_EXIST");
            }
            assert_eq!(dana.client.get(&format!("{ROUTE}?path={beside}")).json(), json!({}), "{beside}");
        }
        for folder in [experiment.to_string(), format!("{experiment}/{run}"), format!("{experiment}/models")] {
            refused(&dana.client.delete(&format!("{ROUTE}/{folder}")), "RESOURCE_DOES_NOT_EXIST");
        }
        assert_eq!(dana.client.get(&file).text(), "kept");
        assert_eq!(dana.client.delete(&format!("{ROUTE}/{experiment}/{run}/artifacts")).status, 200);
        refused(&dana.client.get(&file), "RESOURCE_DOES_NOT_EXIST");
    });
}

#[test]
fn another_projects_files_are_absent() {
    each_story(|_, sign_in| {
        let (dana, rita) = (sign_in("Dana"), sign_in("Rita"));
        let experiment = dana.experiment("secret");
        let file = format!("{ROUTE}/{experiment}/{}/artifacts/a.txt", dana.run(&experiment));
        assert_eq!(dana.client.raw(Method::PUT, &file, "secret").status, 200);
        for method in [Method::PUT, Method::GET, Method::DELETE] {
            refused(&rita.client.raw(method, &file, "changed"), "RESOURCE_DOES_NOT_EXIST");
        }
        let mara = sign_in("Mara");
        assert_eq!(mara.client.get(&file).text(), "secret");
        refused(&mara.client.raw(Method::PUT, &file, "changed"), "PERMISSION_DENIED");
    });
}
