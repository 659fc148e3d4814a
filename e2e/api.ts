// The server's own interface as a script uses it: a token, JSON in, JSON out.

/* eslint-disable @typescript-eslint/no-explicit-any -- the tests say what they expect of an answer, field by field */
export type Json = any;

export class Refused extends Error {
  readonly status: number;
  readonly problem: Json;

  constructor(what: string, status: number, text: string) {
    super(`${what} answered ${status}: ${text}`);
    this.status = status;
    this.problem = asJson(text);
  }
}

export class Api {
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.#headers = headers;
  }

  get = (path: string) => this.#send('GET', path);
  post = (path: string, body: Json = {}) => this.#send('POST', path, body);
  put = (path: string, body: Json) => this.#send('PUT', path, body);
  patch = (path: string, body: Json, version?: number) =>
    this.#send('PATCH', path, body, version === undefined ? {} : { 'If-Match': `"${version}"` });
  delete = (path: string, body?: Json) => this.#send('DELETE', path, body);

  /** The status of a request that is meant to be refused, and the problem that came with it. */
  async refused(request: Promise<Json>): Promise<Refused> {
    const outcome = await request.catch((error: unknown) => error);
    if (outcome instanceof Refused) return outcome;
    throw new Error(`This was meant to be refused, but answered ${JSON.stringify(outcome)}`);
  }

  async upload(path: string, bytes: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const answer = await fetch(this.url + path, { method: 'PUT', headers: this.#headers, body: bytes });
    if (!answer.ok) throw new Refused(`PUT ${path}`, answer.status, await answer.text());
  }

  async #send(method: string, path: string, body?: Json, extra: Record<string, string> = {}): Promise<Json> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...this.#headers, ...extra },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(`${method} ${path}`, answer.status, text);
    return text ? asJson(text) : null;
  }
}

export function asJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A run as the MLflow client logs it, spoken over its REST interface. */
export class ClientRun {
  readonly #api: Api;
  readonly id: string;
  readonly #artifacts: string;

  private constructor(api: Api, id: string, artifacts: string) {
    this.#api = api;
    this.id = id;
    this.#artifacts = artifacts;
  }

  static async start(api: Api, experiment: number, name: string): Promise<ClientRun> {
    const body = { experiment_id: String(experiment), run_name: name, start_time: Date.now() };
    const { run } = await api.post('/api/2.0/mlflow/runs/create', body);
    return new ClientRun(api, run.info.run_id, run.info.artifact_uri.replace('mlflow-artifacts:/', ''));
  }

  param = (key: string, value: string) => this.#call('log-parameter', { key, value });
  metric = (key: string, value: number, step = 0) =>
    this.#call('log-metric', { key, value, step, timestamp: Date.now() });
  tag = (key: string, value: string) => this.#call('set-tag', { key, value });
  finish = (status = 'FINISHED') => this.#call('update', { status, end_time: Date.now() });

  /** The dataset that it was measured on. */
  dataset = (name: string, digest: string) =>
    this.#call('log-inputs', {
      datasets: [{ dataset: { name, digest, source_type: 'local', source: `${name}.csv` } }],
    });

  artifact = (path: string, bytes: string | Uint8Array<ArrayBuffer>) =>
    this.#api.upload(`/api/2.0/mlflow-artifacts/artifacts/${this.#artifacts}/${path}`, bytes);

  #call(what: string, body: Json): Promise<Json> {
    return this.#api.post(`/api/2.0/mlflow/runs/${what}`, { run_id: this.id, ...body });
  }
}
