use proptest::prelude::*;

use super::*;

fn body(text: &str) -> Fields {
    Fields::from_body(text.as_bytes()).unwrap()
}

fn query(pairs: &[(&str, &str)]) -> Fields {
    Fields::from_query(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn both_spellings_are_read_but_not_together() {
    assert_eq!(body(r#"{"run_id": "a"}"#).text("run_id").unwrap().unwrap(), "a");
    assert_eq!(body(r#"{"runId": "a"}"#).text("run_id").unwrap().unwrap(), "a");
    let twice = body(r#"{"runId": "a", "run_id": "a"}"#).text("run_id").unwrap_err();
    assert!(twice.detail().contains("given twice"), "{twice}");
    assert_eq!(query(&[("runId", "a")]).text("run_id").unwrap(), None);
    assert!(body(r#"{"RunId": "a", "run_Id": "b", "runid": "c"}"#).text("run_id").unwrap().is_none());
}

#[test]
fn whole_numbers_come_in_three_forms() {
    for text in ["5", "\"5\"", "5.0", "\"5.0\"", "5e0"] {
        assert_eq!(body(&format!(r#"{{"step": {text}}}"#)).int("step").unwrap(), Some(5), "{text}");
    }
    assert_eq!(body(r#"{"step": -9223372036854775808}"#).int("step").unwrap(), Some(i64::MIN));
    for text in ["5.5", "\"five\"", "true", "[]", "9223372036854775808", "1e30", "\"\"", "\" 5\""] {
        let error = body(&format!(r#"{{"step": {text}}}"#)).int("step").unwrap_err();
        assert!(error.detail().contains("for parameter 'step' supplied"), "{error}");
    }
}

#[test]
fn doubles_know_the_odd_words() {
    assert_eq!(body(r#"{"value": 1}"#).need_double("value").unwrap(), 1.0);
    assert_eq!(body(r#"{"value": "1e-3"}"#).need_double("value").unwrap(), 1e-3);
    assert!(body(r#"{"value": "NaN"}"#).need_double("value").unwrap().is_nan());
    assert_eq!(body(r#"{"value": "-Infinity"}"#).need_double("value").unwrap(), f64::NEG_INFINITY);
    for text in ["true", "\"nan\"", "\"inf\"", "\"1e999\"", "\"0x1\"", "{}", "\"\""] {
        assert!(body(&format!(r#"{{"value": {text}}}"#)).need_double("value").is_err(), "{text}");
    }
}

#[test]
fn text_must_be_text() {
    let error = body(r#"{"key": 5}"#).need_text("key").unwrap_err();
    assert_eq!(
        error.detail(),
        "Invalid value 5 for parameter 'key' supplied: it must be a string. Hint: Value was of type 'int'."
    );
    let error = body(r#"{"filter": "tags.ä = 'x\u0000'"}"#).need_text("filter").unwrap_err();
    assert!(error.detail().ends_with("it contains the character U+0000 (at character 12)."), "{error}");
    for absent in [r#"{"key": null}"#, r#"{"key": ""}"#, "{}", ""] {
        let error = body(absent).need_text("key").unwrap_err();
        assert!(error.detail().starts_with("Missing value for required parameter 'key'."), "{error}");
    }
}

#[test]
fn a_place_names_the_item() {
    let mut batch = body(r#"{"metrics": [{"key": "a"}, {"key": 5}]}"#);
    let mut metrics = batch.objects("metrics").unwrap();
    assert_eq!(metrics[0].need_text("key").unwrap(), "a");
    let error = metrics[1].need_text("key").unwrap_err();
    assert!(error.detail().contains("for parameter 'metrics[1].key' supplied"), "{error}");
    let error = metrics[1].need_double("value").unwrap_err();
    assert!(error.detail().contains("parameter 'metrics[1].value'"), "{error}");
    let error = body(r#"{"order_by": ["a", 3]}"#).texts("order_by").unwrap_err();
    assert!(error.detail().contains("'order_by[1]'"), "{error}");
    assert!(body(r#"{"metrics": {}}"#).objects("metrics").is_err());
    assert!(body(r#"{"metrics": [5]}"#).objects("metrics").is_err());
    let many = format!("{{\"metrics\": [{}{{}}]}}", "{},".repeat(1_000));
    assert!(body(&many).objects("metrics").unwrap_err().detail().contains("at most 1000"));
}

#[test]
fn choices_have_names_and_numbers() {
    const VIEW: &[(&str, i64, char)] = &[("ACTIVE_ONLY", 1, 'a'), ("ALL", 3, 'z')];
    for text in ["\"ALL\"", "3", "\"3\""] {
        assert_eq!(body(&format!(r#"{{"view": {text}}}"#)).choice("view", VIEW).unwrap(), Some('z'), "{text}");
    }
    let error = body(r#"{"view": "all"}"#).choice("view", VIEW).unwrap_err();
    assert!(error.detail().ends_with("it must be one of ACTIVE_ONLY, ALL."), "{error}");
}

#[test]
fn a_query_repeats_keys_and_writes_words() {
    let mut fields = query(&[("order_by", "a"), ("order_by", "b"), ("deep", "True"), ("max_results", "7")]);
    assert_eq!(fields.texts("order_by").unwrap(), ["a", "b"]);
    assert_eq!(fields.flag("deep").unwrap(), Some(true));
    assert_eq!(fields.int("max_results").unwrap(), Some(7));
    assert_eq!(query(&[("ids", "1")]).texts("ids").unwrap(), ["1"]);
    assert!(query(&[("deep", "yes")]).flag("deep").is_err());
    assert!(query(&[("run_id", "a"), ("run_id", "b")]).text("run_id").is_err());
    assert!(body(r#"{"deep": "true"}"#).flag("deep").is_err());
}

#[test]
fn what_is_no_json_object_is_refused() {
    for text in ["{", "[]", "5", "{\"a\": NaN}", "{\"a\": 1e999}", "{\"a\": 1, \"a\": 2}", "{} {}", "\u{feff}{}"] {
        assert_eq!(Fields::from_body(text.as_bytes()).unwrap_err().status(), 400, "{text}");
    }
    assert!(Fields::from_body(b"{\"a\": \"\xff\"}").is_err());
    let many = format!("{{\"a\": [{}1]}}", "1,".repeat(200_000));
    assert!(Fields::from_body(many.as_bytes()).unwrap_err().detail().contains("more than 100000 values"));
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(Fields::from_body(deep.as_bytes()).is_err());
    let same: Vec<String> = (0..40).map(|n| format!("\"k{}\": 1", n % 39)).collect();
    assert!(Fields::from_body(format!("{{{}}}", same.join(",")).as_bytes()).is_err());
}

#[test]
fn a_long_value_is_shown_in_part() {
    let text = format!(r#"{{"step": "{}"}}"#, "ä".repeat(100_000));
    assert!(body(&text).int("step").unwrap_err().detail().len() < 1000);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        if let Ok(mut fields) = Fields::from_body(&bytes) {
            let _ = fields.text("a");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:a0-9.eE+\\-\\\\ ]{0,40}") {
        let _ = Fields::from_body(text.as_bytes());
    }
}
