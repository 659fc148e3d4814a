// The names by which the UI calls what the server speaks under /api/v1. The shapes are generated from what the routes
// say of themselves (`make openapi`); what stands here by hand is what that description cannot say, with the reason.
// Times are RFC 3339 text in UTC.
import type { components } from './schema';

type Schemas = components['schemas'];

/** By hand: the description has one schema for each kind of item. */
export type Page<T> = { items: T[]; next: string | null };

/**
 * What the caller may do with an object now: true, or the reason why not.
 * By hand: the description knows that there are verbs, not which ones an object has.
 */
export type Can<Verb extends string> = Record<Verb, true | string>;
type With<Verb extends string, T extends { can: unknown }> = Omit<T, 'can'> & { can: Can<Verb> };

export type Numeral = Schemas['Number'];
export type Named = Schemas['RunName'];

export type Role = Schemas['Role'];
export type Duty = Schemas['Duty'];
export type Scope = Schemas['Scope'];
export type Workstream = Schemas['Workstream'];

export type Person = Schemas['Person'];
export type User = Schemas['User'];
export type Membership = Schemas['MyProject'];
export type Me = Schemas['Me'];

export type Milestone = Schemas['Milestone'];
export type Project = With<'track' | 'plan' | 'administer', Schemas['Project']>;
export type Member = Schemas['Member'];
export type PlacedMember = Schemas['PlacedMember'];
export type Team = Schemas['Team'];
export type Webhook = Schemas['Webhook'];
export type Webhooks = Schemas['WebhookList'];
export type WebhookTest = Schemas['WebhookTestResult'];
export type Delivery = Schemas['Delivery'];
export type Token = Schemas['Token'];
export type NewToken = Schemas['TokenWithSecret'];

export type Comparator = Schemas['Comparator'];
export type Constraint = Schemas['Constraint'];
/** A rule may be sent without a list of constraints; the UI always sends one. */
export type RuleInput = Schemas['NewRule'] & { constraints: Constraint[] };
export type Rule = Schemas['Rule'];
export type ReviewKind = Schemas['ReviewKind'];
export type ExperimentStatus = Schemas['ExperimentStatus'];
/** `required_reviews` by hand: the experiment's crate does not know what reviews there are. */
export type Experiment = Omit<
  With<'edit' | 'delete' | 'track' | 'ask_review' | 'ask_promotion', Schemas['Experiment']>,
  'required_reviews'
> & { required_reviews: ReviewKind[] };

export type RunStatus = Schemas['RunStatus'];
export type Run = With<'edit' | 'delete' | 'ask_promotion', Schemas['Run']>;
export type Columns = Schemas['RunColumns'];
export type Runs = Page<Run> & { columns: Columns };
export type Point = Schemas['SeriesPoint'];
export type Series = Schemas['Chart'];
export type ArtifactFile = Schemas['Artifact'];

export type ChecklistItem = Schemas['ChecklistItem'];
export type Review = With<'decide', Schemas['Review']>;
export type ReviewRequest = Omit<Schemas['ReviewRequest'], 'reviews'> & { reviews: Review[] };

export type Bundle = Schemas['Bundle'];
export type AskedPlan = Schemas['AskedPlan'];
export type Limit = Schemas['RolloutLimit'];
export type Approval = Schemas['Approval'];
export type PromotionState = Schemas['PromotionState'];
/** `can` by hand: verbs stand beside groups of verbs. */
export type Promotion = Omit<Schemas['Promotion'], 'can' | 'reviews'> & {
  reviews: Review[];
  can: Can<'deploy' | 'cancel'> & Record<'approve' | 'withdraw', Partial<Can<Duty>>>;
};

export type RegisteredAlias = Schemas['Alias'];
export type RegisteredModel = Schemas['RegisteredModel'];
export type ModelVersion = Schemas['ModelVersion'];
export type RegisteredModelDetail = Schemas['RegisteredModelDetail'];

export type ItemKind = Schemas['Kind'];
export type Priority = Schemas['Priority'];
export type Domain = Schemas['Domain'];
export type FlowClass = Schemas['Class'];
export type DoneProfile = Schemas['DoneProfile'];
export type Category = Schemas['Category'];
export type ItemStatus = Schemas['ItemStatus'];
export type ItemBrief = Schemas['ItemBrief'];
export type ItemLine = With<'edit' | 'comment', Schemas['ItemLine']>;
/** `children` and `bet` by hand, as they carry `can` themselves. */
export type Item = Omit<With<'edit' | 'comment', Schemas['Item']>, 'children' | 'bet'> & {
  children: ItemLine[];
  bet: Experiment | null;
};
/** `full` is the status where it should have come back, when that is full. */
export type RestoredItem = Item & { full: string | null };
export type ItemEvent = Schemas['ItemEvent'];
export type Workflow = Schemas['Workflow'];
export type Column = Schemas['BoardColumn'];
export type BoardPace = Schemas['BoardPace'];
export type LaneField = Schemas['LaneField'];
export type BoardLimit = Schemas['BoardLimit'];
export type SprintLine = With<'edit' | 'start' | 'close' | 'delete', Schemas['SprintLine']>;
export type Sprint = With<'edit' | 'start' | 'close' | 'delete', Schemas['Sprint']>;
export type SprintDay = Schemas['SprintDay'];
export type SprintQuestion = Schemas['SprintQuestion'];
export type Measures = Schemas['Measures'];
export type MeasuredDays = Schemas['MeasuredDays'];
export type Board = With<'edit' | 'limit' | 'overrule', Schemas['Board']>;
export type Stands = Schemas['Stands'];
export type Relation = Schemas['Relation'];
export type ProductKind = Schemas['ProductKind'];
export type Product = Schemas['Product'];
/** By hand, as it is part of an address. */
export type Reaction = 'agree' | 'disagree' | 'thanks' | 'celebrate' | 'look' | 'puzzled';
export type Comment = With<'edit' | 'delete' | 'react', Schemas['Comment']>;
export type ChecklistLine = Schemas['ChecklistLine'];
export type Attachment = Schemas['Attachment'];
export type CustomField = Schemas['CustomField'];
export type ItemTemplate = Schemas['ItemTemplateOf'];

export type Deck = Schemas['Deck'];
export type EstimateCard = Schemas['EstimateCard'];
export type EstimateRound = Schemas['EstimateRound'];
export type EstimateResult = Schemas['EstimateResult'];
export type EstimateNote = Schemas['EstimateNote'];
export type EstimatedItem = Schemas['EstimatedItem'];
export type SittingLine = Schemas['SittingLine'];
/** `can` by hand: the verbs of a round are there while one is open. */
export type Sitting = Omit<Schemas['Sitting'], 'can'> & {
  can: Can<'join' | 'moderate' | 'edit' | 'take_over' | 'open' | 'close'> &
    Partial<Can<'vote' | 'reveal' | 'note' | 'consent' | 'accept' | 'repeat' | 'set_aside'>>;
};

export type CheckpointChoice = Schemas['Choice'];
export type CheckpointLine = Schemas['CheckpointLine'];
export type CheckpointDecider = Schemas['CheckpointDecider'];
export type Checkpoint = With<'decide' | 'ask' | 'rebuild' | 'close' | 'delete', Schemas['Checkpoint']>;
export type CheckpointDecision = Schemas['CheckpointDecision'];
export type EvidencePack = Schemas['EvidencePack'];
export type PackQuestion = Schemas['PackQuestion'];

export type Waiting = Schemas['Waiting'];
export type LogEvent = Schemas['HistoryEntry'];
