"""Where Slipway answers otherwise than MLflow's server on purpose: story, labels, both statuses, and why.

docs/mlflow.md tells users the same under "Where we differ". Infinite values differ in many answers; `compare.clamped` knows them.
"""

from typing import NamedTuple


class Known(NamedTuple):
    story: str
    labels: str
    there: int
    here: int
    why: str


READ_OR_REFUSED = "A field that cannot be read refuses the request; there it is dropped with all that follows it."
NO_SERVER_ERROR = "A client's mistake is never a 5xx, which the client would repeat for minutes."
NO_DATABASE_TEXT = "The mistake has a code of its own; there the text of the database comes back."
WHOLE_FILTER = "A filter is read to its end; there a dangling word is passed over."
UNKNOWN_WORD = "An unknown status or view is named; there it is passed over and something else is answered."
LENGTH = "Names have a length that every page and index bears; there SQLite takes any."
MUST_BE_GIVEN = "Without it the dataset identifies nothing."
TOLD_STAYS = "What a client told of a trace stays until it tells something else; there what it leaves away is taken away."
AS_SENT = "Spans come back with the values that were sent, numbers for words of the protocol; there texts that hold JSON become objects."
ITS_CODE = "A refusal has its code, whatever the address; there the web framework answers."
NOT_THERE = "What is not there is said; there it is an empty answer."

KNOWN = [
    Known("experiments", "rename to taken", 400, 400, NO_DATABASE_TEXT),
    Known("experiments", "filter name = 'Renamed' AND", 200, 400, WHOLE_FILTER),
    Known("experiments", "filter tags.team IS NULL", 200, 200, "A project's Default experiment is made when it is first asked for."),
    Known("runs", "status (finished|DONE)", 200, 400, UNKNOWN_WORD),
    Known("metrics", "value True|(at|step) (1.5|True|9223372036854775808)", 200, 400, READ_OR_REFUSED),
    Known("metrics", r"value \[\]", 500, 400, NO_SERVER_ERROR),
    Known("metrics", "latest", 200, 200, "What was refused here (True as a value, 1.5 as a step or time) is not there."),
    Known("metrics", "history of (x|1.5)", 200, 400, READ_OR_REFUSED),
    Known("metrics", "history of 25001", 200, 400, "A page has at most 25,000 points, which is what the client asks for."),
    Known("batches", "a bad value", 200, 400, READ_OR_REFUSED),
    Known("batches", "a model that is not", 400, 404, NO_DATABASE_TEXT),
    Known("inputs", "without .*", 200, 400, MUST_BE_GIVEN),
    Known("inputs", "what is kept", 200, 200, "The datasets that were refused here are not there."),
    Known("logged_models", "params again", 400, 400, NO_DATABASE_TEXT),
    Known("logged_models", "status (9|READY)", 200, 400, UNKNOWN_WORD),
    Known("logged_models", "filter metrics.auc > 'x'", 500, 400, NO_SERVER_ERROR),
    Known("logged_models", "filter status = .*", 200, 200, "A status is found by its word; there it is stored as a number and never found."),
    Known("logged_models", "search nowhere", 200, 400, "The experiments to search are required; an empty list is a forgotten one."),
    Known("searches", "filter (metrics.auc > 0.5 AND|AND metrics.auc > 0.5)", 200, 400, WHOLE_FILTER),
    Known("searches", r"filter (params.model = 'it''s'|run_name = 'it\\'s')", 200, 400,
          "There is no escape in quotes, and that is said; there something else is searched for."),
    Known("searches", r"order \['`Run name`'\]", 400, 200, "A name in backticks may be ordered by as it may be filtered by."),
    Known("searches", "view SOME", 200, 400, UNKNOWN_WORD),
    Known("searches", "most 1.5", 200, 400, READ_OR_REFUSED),
    Known("odd_fields", "experiments/get experiment_id: a number", 200, 404, "Ids are the workspace's; experiment 5 is not in this project."),
    Known("odd_fields", "experiments/get experiment_id: huge", 500, 400, NO_SERVER_ERROR),
    Known("odd_fields", "experiments/search filter: .*", 200, 200, "MLflow's server knows no projects and lists all experiments."),
    Known("odd_fields", "experiments/search view_type: .*", 200, 400, UNKNOWN_WORD),
    Known("odd_fields", ".*: (a list|an object)", 500, 400, NO_SERVER_ERROR),
    Known("odd_fields", "runs/log-batch .*: null|runs/search max_results: null", 500, 200, "null is the same as absent."),
    Known("odd_fields", "runs/create experiment_id: .*", 400, 400, NO_DATABASE_TEXT),
    Known("odd_fields", "runs/create (user_id|start_time|tags): .*|runs/update (status|end_time): .*|.*max_results: .*", 200, 400, READ_OR_REFUSED),
    Known("odd_fields", "runs/log-metric (value|timestamp|step): .*", 200, 400, READ_OR_REFUSED),
    Known("odd_fields", "runs/(create|update) run_name: long|logged-models (name|model_type|source_run_id): long", 200, 400, LENGTH),
    Known("odd_fields", "runs/outputs run_id: long", 404, 400, "An id that cannot be one is named so, as batches and inputs do there."),
    Known("odd_fields", "runs/outputs models: (absent|null)", 400, 200, "No models to note is no mistake, as in a batch."),
    Known("odd_fields", "runs/search run_view_type: .*", 200, 400, UNKNOWN_WORD),
    Known("odd_fields", "logged-models/search experiment_ids: a list", 200, 400,
          "The experiments to search are required; an empty list is a forgotten one."),
    Known("registry", "found with its aliases", 200, 200, "Versions that are found carry their aliases; there only those that are asked for singly do."),
    Known("registry", "(models|versions) (tags.team IS NULL|by .'name', 'name'.)", 500, 400, NO_SERVER_ERROR),
    Known("registry", "models at most (0|-1)", 200, 400, "A page of nothing is a mistake, as it is in every other search."),
    Known("prompts", "version without its tag", 200, 400, "All versions of a prompt are prompts; a model's source has no place there."),
    Known("prompts", "prompts|get", 200, 200, "The version that was refused here is the latest there."),
    Known("traces", "(tell|after telling) again|(time|duration) None|after tagging", 200, 200, TOLD_STAYS),
    Known("traces", "state (DONE|ok)|time (yesterday|17)|duration (1.5|-1s|x|3)", 200, 400, READ_OR_REFUSED),
    Known("traces", "no location", 500, 400, NO_SERVER_ERROR),
    Known("traces", "whole a", 500, 200, NO_SERVER_ERROR),
    Known("traces", "no id|a short id", 200, 400, "Without an id, or with one of another length, it would not be found again."),
    Known("traces", "spans without an experiment", 422, 422, ITS_CODE),
    Known("traces", "no spans|no JSON|another type", 400, 400, ITS_CODE),
    Known("traces", "whole [bc]|several", 200, 200, AS_SENT),
    Known("traces", "several infos", 200, 200, TOLD_STAYS),
    Known("traces", "tag of unknown", 400, 404, NO_DATABASE_TEXT),
    Known("traces", "delete all", 200, 200, "The traces that were refused here are not there."),
    Known("trace_searches", "filter timestamp_ms > 'x'", 200, 400, "A moment compared with a text is a mistake, as it is in every other search."),
    Known("trace_searches", "search nowhere", 200, 400, "The experiments to search are required; an empty list is a forgotten one."),
    Known("assessments", "two things said", 200, 400, "One assessment says one thing; there one of both is lost."),
    Known("assessments", "no name", 200, 400, "Without a name it is never found."),
    Known("assessments", "delete of an unknown trace", 200, 404, NOT_THERE),
    Known("assessments", "filter feedback.good = 7", 400, 200, "Feedback that is a number may be compared with one."),
    Known("assessments", "filter feedback.good LIKE 'go%'", 200, 200, "Feedback is searched by its bare text; there by its JSON, in quotes."),
    Known("evaluation_datasets", "(create with tags|records|tag) .*", 500, 400, NO_SERVER_ERROR),
    Known("evaluation_datasets", r"create with tags \[\]|records {}|read at most 0", 200, 400, READ_OR_REFUSED),
    Known("evaluation_datasets", "create in an unknown experiment", 200, 404, "A dataset that is attached to nothing would be lost."),
    Known("evaluation_datasets", "records of unknown", 400, 404, NO_DATABASE_TEXT),
    Known("evaluation_datasets", "read (at most (-1|x)|from nonsense)", 500, 400, NO_SERVER_ERROR),
    Known("evaluation_datasets", "(read|experiments) of unknown", 200, 404, NOT_THERE),
    Known("evaluation_datasets", "add|add again|remove", 200, 200, "The answer says to which experiments it is attached now."),
]
