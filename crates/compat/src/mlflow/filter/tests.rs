use proptest::prelude::*;

use super::*;

/// As the comparisons read when they are written back.
fn shown(filter: &str) -> String {
    let one = |c: Comparison| {
        let operand = match c.operand {
            Operand::Text(text) => format!(" [{text}]"),
            Operand::Number(number) => format!(" {number}"),
            Operand::Texts(texts) => format!(" {texts:?}"),
            Operand::Nothing => String::new(),
        };
        format!("{} {}{operand}", c.identifier, c.operator.name())
    };
    parse(filter).unwrap_or_else(|e| panic!("{filter}: {e}")).into_iter().map(one).collect::<Vec<_>>().join(" & ")
}

#[test]
fn filters_that_are_read() {
    for (filter, expected) in [
        ("", ""),
        ("metrics.a > 1", "metrics.a > 1"),
        ("metrics.a.b>=-1.5e-3", "metrics.a.b >= -0.0015"),
        ("metrics.a<.5 and metrics.b != 1.", "metrics.a < 0.5 & metrics.b != 1"),
        ("metrics.`a-b/c d` = 1", "metrics.a-b/c d = 1"),
        ("metrics.\"a b\">1", "metrics.a b > 1"),
        ("params.'x y' = 'z'", "params.x y = [z]"),
        ("params.1x = 'a'", "params.1x = [a]"),
        ("tags.mlflow.source.name LIKE '%main%'", "tags.mlflow.source.name LIKE [%main%]"),
        ("\"run name\" ilike \"it's\"", "run name ILIKE [it's]"),
        ("`run name` = 'x'", "run name = [x]"),
        ("status = 'FINISHED'", "status = [FINISHED]"),
        ("params.a='x'AND params.b=\"y\"", "params.a = [x] & params.b = [y]"),
        ("params.a = ''", "params.a = []"),
        ("run_id IN ('a','b',)", "run_id IN [\"a\", \"b\"]"),
        ("run_id not in (\"a\")", "run_id NOT IN [\"a\"]"),
        ("tags.a IS NULL AND tags.b is not null", "tags.a IS NULL & tags.b IS NOT NULL"),
        ("metrics.a=1\n\tAND\nmetrics.b=2", "metrics.a = 1 & metrics.b = 2"),
        ("params.and = 'AND'", "params.and = [AND]"),
        ("metrics.größe > 1", "metrics.größe > 1"),
        ("tags.a = 'ü 🚀 \\'", "tags.a = [ü 🚀 \\]"),
    ] {
        assert_eq!(shown(filter), expected, "{filter}");
    }
}

#[test]
fn filters_that_are_refused() {
    for (filter, at) in [
        ("  ", 3),
        ("metrics.a", 10),
        ("metrics.a >", 12),
        ("metrics.a > 1 AND", 18),
        ("AND metrics.a > 1", 5),
        ("metrics.a > 1 AND AND metrics.b > 1", 23),
        ("metrics.a > 1 OR metrics.b > 1", 15),
        ("NOT metrics.a > 1", 5),
        ("(metrics.a > 1)", 1),
        ("metrics.a > 1;", 14),
        ("metrics.a == 1", 11),
        ("metrics.a <> 1", 11),
        ("metrics.a ! = 1", 11),
        ("metrics.a > = 1", 13),
        ("metrics.a > +1", 13),
        ("metrics.a > 0x10", 13),
        ("metrics.a > 1_000", 13),
        ("metrics.a > inf", 13),
        ("metrics.a > NaN", 13),
        ("metrics.a > 1e999", 13),
        ("metrics.a > 1 2", 15),
        ("metrics.a-b > 1", 10),
        ("metrics.a/b > 1", 10),
        ("metrics. a > 1", 1),
        ("metrics.`` > 1", 1),
        ("metrics.a BETWEEN 1 AND 2", 11),
        ("metrics.a > 1 -- c", 15),
        ("metrics.a is 1", 14),
        ("1 < metrics.a", 1),
        ("params.a = x", 12),
        ("params.a = `x`", 12),
        ("params.a = 'x' 'y'", 16),
        ("params.a = 'x", 12),
        ("params.a = 'it''s'", 16),
        ("params.a = ''3''", 14),
        ("params.a RLIKE", 15),
        ("run_id IN ()", 12),
        ("run_id IN (1)", 12),
        ("run_id IN 'a'", 11),
        ("run_id IN ('a' 'b')", 16),
        ("run_id IN ('a',,'b')", 16),
        ("run_id IN ('a'", 15),
        ("run_id NOT 'a'", 12),
        ("params.a = 'x' # c", 16),
        ("'params.a' = 'x'", 1),
        ("tags.mlflow.`a b`.c = 'x'", 18),
    ] {
        let error = parse(filter).expect_err(filter);
        assert!(error.detail().ends_with(&format!("(at character {at}).")), "{filter}: {error}");
    }
}

#[test]
fn expressions_are_for_traces_alone() {
    let refused = run::conditions("params.a RLIKE 'x'").unwrap_err();
    assert!(refused.detail().contains("cannot be asked with RLIKE"), "{}", refused.detail());
    let (conditions, patterns) = trace::conditions("tags.a RLIKE '^x' AND span.name = 'b'").unwrap();
    assert_eq!((conditions.len(), patterns[0].expression.as_str()), (1, "^x"));
    for wrong in ["timestamp RLIKE '1'", "trace.text RLIKE 'a'", "tags.a RLIKE 5", "prompt RLIKE 'a/1'"] {
        assert!(trace::conditions(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_order_is_a_key_and_a_direction() {
    for (clause, key, descending) in [
        ("metrics.a", "metrics.a", false),
        ("metrics.`a b` desc", "metrics.a b", true),
        ("start_time  ASC", "start_time", false),
        ("Created DESC", "Created", true),
    ] {
        let order = order(clause).unwrap();
        assert_eq!((order.identifier.to_string().as_str(), order.descending), (key, descending));
    }
    for clause in
        ["", " ", "metrics.a FOO", "metrics.a DESC, metrics.b", "start_time ASC ASC", "-a", "metrics.a b DESC", "1"]
    {
        let error = order(clause).expect_err(clause);
        assert!(error.detail().starts_with(&format!("Invalid order_by clause '{clause}'.")), "{error}");
    }
}

#[test]
fn an_endless_filter_is_refused() {
    assert!(parse(&vec!["metrics.a > 1"; 101].join(" AND ")).is_err());
    assert!(parse(&format!("run_id IN ('a'{})", ",'b'".repeat(5_000))).is_err());
    assert!(parse(&"(".repeat(1_000_000)).is_err());
    let pattern = |length| run::conditions(&format!("tags.a LIKE '{}'", "%".repeat(length)));
    assert!(pattern(10_000).is_ok());
    assert!(pattern(10_001).unwrap_err().detail().contains("10,000"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(filter in any::<String>()) {
        let _ = parse(&filter);
        let _ = order(&filter);
    }

    #[test]
    fn any_shuffling_of_its_words_is_read_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "metrics", ".", "`", "'", "\"", "a", " ", "AND", "=", "!", "<", "(", ")", ",", "IN", "NOT", "IS", "NULL",
            "LIKE", "1", "-", "e+", "é", "\\", "\0", "\u{2028}",
        ]), 0..25)
    ) {
        let _ = parse(&words.concat());
        let _ = order(&words.concat());
    }

    #[test]
    fn what_is_quoted_comes_through(key in "[^`\0]{1,20}", text in "[^'\0]{0,20}") {
        let found = parse(&format!("tags.`{key}` = '{text}'")).unwrap();
        prop_assert_eq!(&found[0].identifier.key, &key);
        prop_assert_eq!(&found[0].operand, &Operand::Text(text));
    }
}
