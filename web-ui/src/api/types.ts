import type { components } from "./generated/registry";

type Schemas = components["schemas"];

export type PluginSummary = Schemas["PluginSummary"];
export type Plugin = Schemas["Plugin"];
export type Provider = Schemas["Provider"];
export type PluginVersion = Schemas["Version"];
export type Claim = Schemas["Claim"];
export type LevelState = Schemas["LevelState"];
export type Levels = Readonly<Record<string, LevelState>>;
export type Verification = Schemas["VerificationEntry"];
export type Matrix = Schemas["Matrix"];
export type Job = Schemas["Job"];
export type JobState = Schemas["JobState"];
export type JobPage = Schemas["JobPage"];
export type BenchmarkRequest = Schemas["BenchmarkRequest"];
export type BenchmarkReport = Schemas["BenchmarkReport"];
export type BenchmarkResult = Schemas["BenchmarkResult"];
export type Environment = Schemas["Environment"];
export type Recommendation = Schemas["Recommendation"];
export type RankedMixer = Schemas["RankedMixer"];
export type UnmeasuredMixer = Schemas["UnmeasuredMixer"];
export type Fit = Schemas["Fit"];
export type Session = Schemas["Session"];
export type Deployment = Schemas["Deployment"];
export type DeploymentRequest = Schemas["DeploymentRequest"];
export type Publication = Schemas["Publication"];
export type PublisherKey = Schemas["PublisherKey"];
export type Token = Schemas["Token"];
export type NewToken = Schemas["NewToken"];
export type Scope = Schemas["Scope"];
export type Alias = Schemas["Alias"];
export type Maintainer = Schemas["Maintainer"];
export type Webhook = Schemas["Webhook"];
export type NewWebhook = Schemas["NewWebhook"];
export type Delivery = Schemas["WebhookDelivery"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditCheck = Schemas["AuditCheck"];
export type Weights = Schemas["Weights"];
export type ProblemDetails = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];
export type CatalogProblem = Schemas["CatalogProblem"];

/** A port of a provider's signature, as the plugin's metadata writes it. */
export interface Port {
  readonly name: string;
  readonly axes?: string;
  readonly dtype?: string;
  readonly role?: string;
  readonly kind?: string;
  readonly doc?: string;
}

export interface Signature {
  readonly in?: readonly Port[];
  readonly out?: readonly Port[];
  readonly state?: readonly Port[];
}

export type MixerStudy = Schemas["MixerStudy"];
export type StudyRow = Schemas["StudyRow"];
export type StudyMachine = Schemas["StudyMachine"];
export type ClaimsStudy = Schemas["ClaimsStudy"];
export type ClaimFinding = Schemas["ClaimFinding"];
