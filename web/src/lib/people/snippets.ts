/** Ready-made text for the clients, with this server's address and the chosen project. */
export function snippets(project: string | null, token: string) {
  const base = location.origin;
  const tracking = project ? `${base}/p/${project}` : base;
  const environment = `export MLFLOW_TRACKING_URI=${tracking}\nexport MLFLOW_TRACKING_TOKEN=${token}`;
  return {
    environment,
    python: `import os
import mlflow

os.environ["MLFLOW_TRACKING_TOKEN"] = "${token}"
mlflow.set_tracking_uri("${tracking}")
mlflow.set_experiment("My first experiment")
mlflow.autolog()

with mlflow.start_run():
    mlflow.log_metric("auc", 0.87)`,
    ci: `# in the environment of the job, with SLIPWAY_TOKEN as a secret
MLFLOW_TRACKING_URI: ${tracking}
MLFLOW_TRACKING_TOKEN: $SLIPWAY_TOKEN`,
    curl: `curl -H "Authorization: Bearer ${token}" \\
  ${base}/api/v1/${project ? `projects/${project}/experiments` : 'me'}`,
  };
}
