// What the server speaks under /api/v1, word for word. Times are RFC 3339 text in UTC.

/** What the caller may do with an object now: true, or the reason why not. */
export type Can<Verb extends string> = Record<Verb, true | string>;
export type Page<T> = { items: T[]; next: string | null };
export type Numeral = number | 'NaN' | 'Infinity' | '-Infinity';
export type Named = { id: string; name: string };

export type Role = 'viewer' | 'member' | 'admin';
export type Duty = 'technical_lead' | 'product_owner' | 'security' | 'ethics_reviewer' | 'scrum_master';
export type Scope = 'read' | 'track' | 'full';
export type Workstream = 'experimentation' | 'production' | 'optimization' | 'governance';

export type Person = { id: string; email: string; name: string };
export type User = Person & { admin: boolean; state: 'active' | 'invited' | 'disabled' };
export type Membership = {
  key: string;
  name: string;
  workstream: Workstream | null;
  role: Role;
  trades: string[];
  duties: Duty[];
};
export type Me = {
  user: Person & { admin: boolean };
  workspace: { name: string };
  projects: Membership[];
  token: { name: string; scope: Scope; project: string | null } | null;
};

export type Milestone = { name: string; date: string };
export type Project = {
  id: string;
  key: string;
  name: string;
  workstream: Workstream | null;
  milestones: Milestone[];
  created_at: string;
  version: number;
  role: Role | null;
  duties: Duty[];
  can: Can<'track' | 'plan' | 'administer'>;
};
export type Member = {
  user: Person & { state: User['state'] };
  role: Role;
  trades: string[];
  duties: Duty[];
  invite_url?: string | null;
};
export type Team = { id: string; name: string; members: Person[] };
export type Token = {
  id: string;
  name: string;
  scope: Scope;
  project: string | null;
  created_at: string;
  expires_at: string | null;
  used_at: string | null;
};
export type NewToken = Token & { secret: string };

export type Comparator = '>=' | '<=' | '>' | '<';
export type Constraint = { metric: string; comparator: Comparator; threshold: number };
export type RuleInput = Constraint & {
  constraints: Constraint[];
  dataset?: string | null;
  time_box_days?: number | null;
};
export type Rule = RuleInput & {
  set_at: string;
  set_by: Person;
  changed_after_first_run: boolean;
  history: number;
};
export type Broken = Constraint & { value: Numeral | null };
export type NearMiss = { run: Named; value: Numeral; broken: Broken[] };
export type Verdict = {
  state: 'supported' | 'refuted' | 'open';
  reason: string;
  run: Named | null;
  value: Numeral | null;
  threshold: number | null;
  near_misses: NearMiss[];
  decided_at: string | null;
};
export type MetricSummary = {
  name: string;
  best: { value: Numeral; run: Named } | null;
  latest: { value: Numeral; run: Named; at: string } | null;
  direction: 'higher' | 'lower';
  runs: number;
};
export type ExperimentStatus = 'proposed' | 'running' | 'in_review' | 'approved' | 'in_production';
export type ReviewKind = 'technical' | 'ethics' | 'business';
export type Experiment = {
  id: number;
  project: string;
  name: string;
  hypothesis: string | null;
  owner: Person;
  status: ExperimentStatus;
  required_reviews: ReviewKind[];
  metrics: MetricSummary[];
  rule: Rule | null;
  timeline: {
    proposed_at: string;
    time_box_days: number | null;
    decide_by: string | null;
    estimate: { days: number | null; basis: string };
  };
  verdict: Verdict | null;
  runs: { total: number; running: number; finished: number; failed: number };
  version: number;
  deleted: boolean;
  created_at: string;
  updated_at: string;
  can: Can<'edit' | 'delete' | 'track' | 'ask_review' | 'ask_promotion'>;
};

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';
export type Run = {
  id: string;
  name: string;
  experiment: number;
  project: string;
  user: Person | null;
  status: RunStatus;
  started_at: string;
  ended_at: string | null;
  params: Record<string, string>;
  metrics: Record<string, Numeral>;
  tags: Record<string, string>;
  datasets: { name: string; digest: string; context: string | null }[];
  models: { id: string; name: string; status: string }[];
  deleted: boolean;
  /** What it says about the rule; `broken` holds the rule's own threshold too. */
  evidence: { meets: boolean; broken: Broken[]; why_not: string | null } | null;
  can: Can<'edit' | 'delete' | 'ask_promotion'>;
};
export type Columns = { params: string[]; metrics: string[]; tags: string[] };
export type Runs = Page<Run> & { columns: Columns };
export type Point = { step: number; at: string; value: Numeral; min: Numeral; max: Numeral };
export type Series = { metric: string; series: { run: Named; points: Point[]; total: number }[] };
export type ArtifactFile = {
  path: string;
  name: string;
  is_dir: boolean;
  size: number | null;
  sha256: string | null;
};

export type ChecklistItem = {
  key: string;
  text: string;
  state: 'open' | 'pass' | 'fail';
  evidence: string | null;
  review: ReviewKind | 'computed';
  decided_by: Person | null;
  decided_at: string | null;
  /** Why the answer does not count, when it does not. */
  why_not: string | null;
};
export type Review = {
  id: string;
  kind: ReviewKind;
  decision: null | 'accepted' | 'declined';
  note: string | null;
  decided_by: Person | null;
  decided_at: string | null;
  duty: Duty;
  version: number;
  /** Why the decision does not count, when it does not. */
  why_not: string | null;
  can: Can<'decide'>;
};
export type ExperimentRef = { id: number; name: string; project: string };
export type ReviewRequest = {
  id: string;
  experiment_id: number;
  experiment: ExperimentRef;
  artifacts: Record<string, string>;
  asked_by: Person;
  asked_at: string;
  review_checklist: ChecklistItem[];
  reviews: Review[];
};

export type Phase = {
  name: string;
  traffic_percent: number;
  /** The shares of traffic it goes through within the phase. */
  steps: number[];
  at_least: string;
  exit: string;
  stop: string;
};
export type Limit = Constraint & { for_minutes: number };
export type Approval = {
  duty: Duty;
  user: Person;
  note: string | null;
  given_at: string;
  withdrawn_at: string | null;
  digest: string;
  valid: boolean;
  why_not: string | null;
};
export type PromotionState = 'waiting' | 'approved' | 'in_production' | 'expired' | 'withdrawn' | 'replaced';
export type Promotion = {
  id: string;
  experiment: ExperimentRef;
  run: Named;
  bundle: {
    digest: string;
    run: Record<string, unknown>;
    artifacts: { path: string; sha256: string; size: number }[];
    rule: RuleInput | null;
    code: { commit: string | null; source: string | null } | null;
    datasets: { name: string; digest: string; context?: string | null }[];
    checklist_version: number | string;
  };
  plan: { environment: string; rollback_to: string; phases?: unknown; limits?: unknown };
  state: PromotionState;
  approved: boolean;
  missing: { duties: Duty[]; checks: string[] };
  asked_by: Person;
  asked_at: string;
  expires_at: string | null;
  required_duties: Duty[];
  approvals: Approval[];
  review_checklist: ChecklistItem[];
  reviews: Review[];
  deployment_plan: null | {
    environment: string;
    phases: Phase[];
    limits: Limit[];
    rollback: { to: string };
  };
  monitoring_setup: null | { prometheus_rules: string; href: string };
  deployment: null | {
    deployed_by: Person;
    deployed_at: string;
    environment: string;
    note: string | null;
    replaced_at: string | null;
  };
  history: LogEvent[];
  can: {
    approve: Partial<Record<Duty, true | string>>;
    withdraw: Partial<Record<Duty, true | string>>;
    deploy: true | string;
    cancel: true | string;
  };
};

export type Waiting = {
  kind: 'review' | 'approval';
  title: string;
  project: string;
  experiment: { id: number; name: string };
  href: string;
  duty: Duty;
  since: string;
};
export type LogEvent = {
  seq: number;
  at: string;
  actor: Person;
  kind: string;
  subject: string;
  project: string | null;
  body: Record<string, unknown> | null;
};
