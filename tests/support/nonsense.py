"""Values that nobody means, for every field there is."""

import random

NASTY = [
    None, True, False, 0, -1, 1, 0.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**40, 1e308, "", " ", "0", "-1", "NaN", "a", "a" * 300, "x" * 10_000,
    "../../etc/passwd", "%2e%2e/x", "a/b", "\\", "a\u0000b", "\ud800", "\u202e", "💥", "' OR '1'='1", '"; DROP TABLE run; --', "${jndi:x}", "{{7*7}}",
    "<script>", "null", "[]", "{}", [], [None], [[]], ["a"], [1, 2], {}, {"a": None}, {"key": "a"}, [{"key": "a", "value": "b"}], [{}], {"a": {"b": {"c": []}}},
    [{"key": None, "value": None, "timestamp": None}], [{"dataset": {}}], "2031-02-30", "9" * 25, "m-" + "0" * 32, "0" * 32,
]


def bodies(fields, seed, count):
    """Each field with each nasty value while the others are right, then `count` mixtures."""
    for field in fields:
        for value in NASTY:
            yield fields | {field: value}
        yield {name: value for name, value in fields.items() if name != field}
    choose = random.Random(seed)
    for _ in range(count):
        yield {field: choose.choice(NASTY) if choose.random() < 0.5 else value for field, value in fields.items()}
