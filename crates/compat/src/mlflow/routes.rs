//! Where all this is reached: under `/api` and `/ajax-api`, each also below `/p/PROJECT`.

use axum::{handler::Handler, http::Method, response::Response};
use base::refuse::not_found;
use people::{
    Right,
    door::{App, Door, Policy, on},
};

use super::{
    artifact_lists, artifacts,
    ask::{Ask, Bare},
    evaluation, experiment_search, experiments, logging, metrics, model_search, models, otlp, probes,
    refusal::{absent, refuse},
    registry::{aliases, models as registered, search as registry_search, versions},
    runs, search,
    shelf::Shelf,
    space::Keys,
    traces, uploads, webhooks,
};

/// Reading takes no more than a seat; what is read is checked by the rules.
const READ: Policy = Policy::Project(Right::Read);
const TRACK: Policy = Policy::Project(Right::Track);
const ADMINISTER: Policy = Policy::Project(Right::Administer);

/// The four addresses of one route.
macro_rules! at {
    ($version:literal, $path:literal) => {
        [
            concat!("/api/", $version, $path),
            concat!("/ajax-api/", $version, $path),
            concat!("/p/{project}/api/", $version, $path),
            concat!("/p/{project}/ajax-api/", $version, $path),
        ]
    };
    ($path:literal) => {
        at!("2.0/mlflow/", $path)
    };
}

pub fn routes(door: Door) -> Door {
    let door = probe_routes(door.dialect(speaks, absent));
    let door = experiment_routes(door);
    let door = run_routes(door);
    let door = model_routes(door);
    let door = version_routes(registered_routes(door));
    let door = trace_routes(door);
    let door = evaluation_routes(door);
    let door = webhook_routes(door);
    upload_routes(artifact_routes(door))
}

fn hang<H, T, const N: usize>(mut door: Door, method: Method, paths: [&'static str; N], policy: Policy, to: H) -> Door
where
    H: Handler<T, App>,
    T: 'static,
{
    for path in paths {
        door = door.route(on(method.clone(), path, policy).stream().refuse_with(refuse).to(to.clone()));
    }
    door
}

fn probe_routes(door: Door) -> Door {
    let door = hang(door, Method::GET, ["/version", "/p/{project}/version"], Policy::Public, probes::version);
    let door = hang(door, Method::GET, ["/p/{project}/health"], Policy::Public, probes::health);
    hang(door, Method::GET, at!("3.0/mlflow/", "server-info"), Policy::SignedIn, probes::server_info)
}

fn experiment_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("experiments/create"), TRACK, experiments::create);
    let door = hang(door, Method::GET, at!("experiments/get"), READ, experiments::get);
    let door = hang(door, Method::GET, at!("experiments/get-by-name"), READ, experiments::get_by_name);
    let door = hang(door, Method::GET, at!("experiments/search"), READ, experiment_search::experiments);
    let door = hang(door, Method::POST, at!("experiments/search"), READ, experiment_search::experiments);
    let door = hang(door, Method::POST, at!("experiments/update"), TRACK, experiments::update);
    let door = hang(door, Method::POST, at!("experiments/delete"), TRACK, experiments::delete);
    let door = hang(door, Method::POST, at!("experiments/restore"), TRACK, experiments::restore);
    let door = hang(door, Method::POST, at!("experiments/set-experiment-tag"), TRACK, experiments::set_tag);
    hang(door, Method::POST, at!("experiments/delete-experiment-tag"), TRACK, experiments::delete_tag)
}

fn run_routes(door: Door) -> Door {
    let keys = Keys::default();
    let known = keys.clone();
    let create = move |ask: Ask| runs::create(ask, known.clone());
    let door = hang(door, Method::POST, at!("runs/create"), TRACK, create);
    let door = hang(door, Method::GET, at!("runs/get"), READ, runs::get);
    let door = hang(door, Method::POST, at!("runs/update"), TRACK, runs::update);
    let door = hang(door, Method::POST, at!("runs/delete"), TRACK, runs::delete);
    let door = hang(door, Method::POST, at!("runs/restore"), TRACK, runs::restore);
    let known = keys.clone();
    let shelf = Shelf::default();
    let find = move |ask: Ask| search::runs(ask, known.clone(), shelf.clone());
    let door = hang(door, Method::POST, at!("runs/search"), READ, find);
    let known = keys.clone();
    let metric = move |bare: Bare| logging::metric(bare, known.clone());
    let batch = move |bare: Bare| logging::batch(bare, keys.clone());
    let door = hang(door, Method::POST, at!("runs/log-metric"), TRACK, metric);
    let door = hang(door, Method::POST, at!("runs/log-parameter"), TRACK, logging::param);
    let door = hang(door, Method::POST, at!("runs/log-batch"), TRACK, batch);
    let door = hang(door, Method::POST, at!("runs/set-tag"), TRACK, runs::set_tag);
    let door = hang(door, Method::POST, at!("runs/delete-tag"), TRACK, runs::delete_tag);
    let door = hang(door, Method::POST, at!("runs/log-model"), TRACK, runs::log_model);
    let door = hang(door, Method::POST, at!("runs/log-inputs"), TRACK, logging::inputs);
    let door = hang(door, Method::POST, at!("runs/outputs"), TRACK, logging::outputs);
    let door = hang(door, Method::GET, at!("metrics/get-history"), READ, metrics::history);
    let door = hang(door, Method::GET, at!("metrics/get-history-bulk-interval"), READ, metrics::sampled);
    hang(door, Method::GET, at!("artifacts/list"), READ, artifact_lists::of_run)
}

fn model_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("logged-models"), TRACK, models::create);
    let door = hang(door, Method::POST, at!("logged-models/search"), READ, model_search::models);
    let door = hang(door, Method::GET, at!("logged-models/{model_id}"), READ, models::get);
    let door = hang(door, Method::PATCH, at!("logged-models/{model_id}"), TRACK, models::finish);
    let door = hang(door, Method::DELETE, at!("logged-models/{model_id}"), TRACK, models::delete);
    let door = hang(door, Method::PATCH, at!("logged-models/{model_id}/tags"), TRACK, models::set_tags);
    let door = hang(door, Method::DELETE, at!("logged-models/{model_id}/tags/{tag_key}"), TRACK, models::delete_tag);
    let door = hang(door, Method::POST, at!("logged-models/{model_id}/params"), TRACK, models::log_params);
    let files = at!("logged-models/{model_id}/artifacts/directories");
    hang(door, Method::GET, files, READ, artifact_lists::of_model)
}

fn registered_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("registered-models/create"), TRACK, registered::create);
    let door = hang(door, Method::GET, at!("registered-models/get"), READ, registered::get);
    let door = hang(door, Method::PATCH, at!("registered-models/update"), TRACK, registered::update);
    let door = hang(door, Method::POST, at!("registered-models/rename"), TRACK, registered::rename);
    let door = hang(door, Method::DELETE, at!("registered-models/delete"), TRACK, registered::delete);
    let door = hang(door, Method::GET, at!("registered-models/search"), READ, registry_search::models);
    let latest = at!("registered-models/get-latest-versions");
    let door = hang(door, Method::GET, latest, READ, registered::latest_versions);
    let door = hang(door, Method::POST, latest, READ, registered::latest_versions);
    let door = hang(door, Method::POST, at!("registered-models/set-tag"), TRACK, registered::set_tag);
    let door = hang(door, Method::DELETE, at!("registered-models/delete-tag"), TRACK, registered::delete_tag);
    let door = hang(door, Method::POST, at!("registered-models/alias"), TRACK, aliases::set);
    let door = hang(door, Method::GET, at!("registered-models/alias"), READ, aliases::get);
    hang(door, Method::DELETE, at!("registered-models/alias"), TRACK, aliases::delete)
}

fn version_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("model-versions/create"), TRACK, versions::create);
    let door = hang(door, Method::GET, at!("model-versions/get"), READ, versions::get);
    let door = hang(door, Method::PATCH, at!("model-versions/update"), TRACK, versions::update);
    let door = hang(door, Method::DELETE, at!("model-versions/delete"), TRACK, versions::delete);
    let door = hang(door, Method::GET, at!("model-versions/search"), READ, registry_search::versions);
    let door = hang(door, Method::GET, at!("model-versions/get-download-uri"), READ, versions::download_uri);
    let door = hang(door, Method::POST, at!("model-versions/transition-stage"), TRACK, versions::transition_stage);
    let door = hang(door, Method::POST, at!("model-versions/set-tag"), TRACK, versions::set_tag);
    hang(door, Method::DELETE, at!("model-versions/delete-tag"), TRACK, versions::delete_tag)
}

fn trace_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, ["/v1/traces", "/p/{project}/v1/traces"], TRACK, otlp::export);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "traces"), TRACK, traces::act::start);
    let door = hang(door, Method::GET, at!("3.0/mlflow/", "traces/{trace_id}"), READ, traces::read::info);
    let door = hang(door, Method::GET, at!("3.0/mlflow/", "traces/get"), READ, traces::read::get);
    let door = hang(door, Method::GET, at!("3.0/mlflow/", "traces/batchGet"), READ, traces::read::batch);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "traces/batchGetInfos"), READ, traces::read::batch_infos);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "traces/search"), READ, traces::search::traces);
    let door = hang(door, Method::PATCH, at!("3.0/mlflow/", "traces/{trace_id}/tags"), TRACK, traces::act::set_tag);
    let door = hang(door, Method::DELETE, at!("3.0/mlflow/", "traces/{trace_id}/tags"), TRACK, traces::act::delete_tag);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "traces/delete-traces"), TRACK, traces::act::delete);
    let assessments = at!("3.0/mlflow/", "traces/{trace_id}/assessments");
    let door = hang(door, Method::POST, assessments, TRACK, traces::assess::create);
    let assessment = at!("3.0/mlflow/", "traces/{trace_id}/assessments/{assessment_id}");
    let door = hang(door, Method::GET, assessment, READ, traces::assess::get);
    let door = hang(door, Method::PATCH, assessment, TRACK, traces::assess::update);
    let door = hang(door, Method::DELETE, assessment, TRACK, traces::assess::delete);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "traces/metrics"), READ, traces::metrics::measured);
    let correlation = at!("3.0/mlflow/", "traces/calculate-filter-correlation");
    let door = hang(door, Method::POST, correlation, READ, not_offered);
    let door = hang(door, Method::POST, at!("traces"), TRACK, traces::old::begin);
    let door = hang(door, Method::GET, at!("traces"), READ, traces::search::old);
    let door = hang(door, Method::PATCH, at!("traces/{trace_id}"), TRACK, traces::old::end);
    let door = hang(door, Method::GET, at!("traces/{trace_id}/info"), READ, traces::old::info);
    let door = hang(door, Method::PATCH, at!("traces/{trace_id}/tags"), TRACK, traces::act::set_tag);
    let door = hang(door, Method::DELETE, at!("traces/{trace_id}/tags"), TRACK, traces::act::delete_tag);
    let door = hang(door, Method::POST, at!("traces/delete-traces"), TRACK, traces::act::delete);
    let door = hang(door, Method::POST, at!("traces/link-to-run"), TRACK, traces::act::link_to_run);
    hang(door, Method::POST, at!("traces/link-prompts"), TRACK, traces::act::link_prompts)
}

fn evaluation_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "datasets/create"), TRACK, evaluation::create);
    let door = hang(door, Method::GET, at!("3.0/mlflow/", "datasets/search"), READ, evaluation::search);
    let door = hang(door, Method::POST, at!("3.0/mlflow/", "datasets/search"), READ, evaluation::search);
    let door = hang(door, Method::GET, at!("3.0/mlflow/", "datasets/{dataset_id}"), READ, evaluation::get);
    let door = hang(door, Method::DELETE, at!("3.0/mlflow/", "datasets/{dataset_id}"), TRACK, evaluation::delete);
    let door = hang(door, Method::PATCH, at!("3.0/mlflow/", "datasets/{dataset_id}/tags"), TRACK, evaluation::set_tags);
    let tag = at!("3.0/mlflow/", "datasets/{dataset_id}/tags/{tag_key}");
    let door = hang(door, Method::DELETE, tag, TRACK, evaluation::delete_tag);
    let records = at!("3.0/mlflow/", "datasets/{dataset_id}/records");
    let door = hang(door, Method::POST, records, TRACK, evaluation::put_records);
    let door = hang(door, Method::GET, records, READ, evaluation::records);
    let door = hang(door, Method::DELETE, records, TRACK, evaluation::delete_records);
    let experiments = at!("3.0/mlflow/", "datasets/{dataset_id}/experiment-ids");
    let door = hang(door, Method::GET, experiments, READ, evaluation::experiment_ids);
    let add = at!("3.0/mlflow/", "datasets/{dataset_id}/add-experiments");
    let door = hang(door, Method::POST, add, TRACK, evaluation::add_experiments);
    let remove = at!("3.0/mlflow/", "datasets/{dataset_id}/remove-experiments");
    hang(door, Method::POST, remove, TRACK, evaluation::remove_experiments)
}

fn artifact_routes(door: Door) -> Door {
    let door = hang(door, Method::GET, at!("2.0/mlflow-artifacts/", "artifacts"), READ, artifacts::list);
    let door = hang(door, Method::GET, at!("2.0/mlflow-artifacts/", "artifacts/{*path}"), READ, artifacts::get);
    let door = hang(door, Method::PUT, at!("2.0/mlflow-artifacts/", "artifacts/{*path}"), TRACK, artifacts::put);
    hang(door, Method::DELETE, at!("2.0/mlflow-artifacts/", "artifacts/{*path}"), TRACK, artifacts::delete)
}

/// In parts, and by addresses that open for a while without signing in.
fn upload_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("2.0/mlflow-artifacts/", "mpu/create/{*path}"), TRACK, uploads::create);
    let door = hang(door, Method::POST, at!("2.0/mlflow-artifacts/", "mpu/complete/{*path}"), TRACK, uploads::complete);
    let door = hang(door, Method::POST, at!("2.0/mlflow-artifacts/", "mpu/abort/{*path}"), TRACK, uploads::abort);
    let door = hang(door, Method::GET, at!("2.0/mlflow-artifacts/", "presigned/{*path}"), READ, uploads::download_path);
    let door = hang(door, Method::POST, at!("artifacts/presigned-upload-url"), TRACK, uploads::upload_url);
    hang(door, Method::POST, at!("artifacts/presigned-download-url"), READ, uploads::download_url)
}

fn webhook_routes(door: Door) -> Door {
    let door = hang(door, Method::POST, at!("webhooks"), ADMINISTER, webhooks::create);
    let door = hang(door, Method::GET, at!("webhooks"), ADMINISTER, webhooks::list);
    let door = hang(door, Method::GET, at!("webhooks/{webhook_id}"), ADMINISTER, webhooks::get);
    let door = hang(door, Method::PATCH, at!("webhooks/{webhook_id}"), ADMINISTER, webhooks::update);
    let door = hang(door, Method::DELETE, at!("webhooks/{webhook_id}"), ADMINISTER, webhooks::delete);
    hang(door, Method::POST, at!("webhooks/{webhook_id}/test"), ADMINISTER, webhooks::test)
}

/// For what would be taken for a thing's id with a wrong method.
async fn not_offered() -> Response {
    absent(&not_found("route"))
}

/// Whether an address is one that MLflow's clients know, offered here or not.
fn speaks(path: &str) -> bool {
    let path = match path.strip_prefix("/p/").and_then(|rest| rest.find('/').map(|end| &rest[end..])) {
        Some(below) => below,
        None => path,
    };
    const PREFIXES: [&str; 7] = [
        "/ajax-api/",
        "/gateway/",
        "/mlflow-artifacts/",
        "/v1/",
        "/graphql",
        "/get-artifact",
        "/model-versions/get-artifact",
    ];
    let is_other_version = path.starts_with("/api/") && !path.starts_with("/api/v1/");
    is_other_version || PREFIXES.iter().any(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_protocol_are_told_from_pages() {
        for path in [
            "/api/2.0/mlflow/x",
            "/p/CHURN/api/3.0/mlflow/y",
            "/ajax-api/2.0/z",
            "/p/A/graphql",
            "/v1/traces",
            "/gateway/mlflow/v1/models",
            "/p/A/gateway/x/invocations",
            "/api/9.9/mlflow/runs/get",
            "/p/A/v1/metrics",
        ] {
            assert!(speaks(path), "{path}");
        }
        for path in ["/", "/api/v1/experiments", "/CHURN/runs/1", "/p/CHURN", "/p/CHURN/", "/version"] {
            assert!(!speaks(path), "{path}");
        }
    }
}
