import createClient, { type Middleware } from "openapi-fetch";
import { lost } from "./connection";
import type { paths } from "./generated/registry";
import { Problem } from "./problem";
import type { BenchmarkRequest, ClaimsStudy, Job, Matrix, MixerStudy, Plugin, PluginSummary, PluginVersion, Recommendation, Session } from "./types";

const faults: Middleware = {
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    lost();
    return Problem.unreachable();
  },
};

// fetch is looked up at each call, so that tests can replace it.
/** The registry's operations, as its contract names them; `value` turns their answers into data or a Problem. */
export const client = createClient<paths>({ baseUrl: "", fetch: (request) => fetch(request) });
client.use(faults);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function value<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  if (response.status >= 502 && response.status <= 504) {
    lost();
    throw Problem.unreachable();
  }
  throw Problem.of(response.status, error);
}

export const PAGE = 500;

/** The whole catalogue, however many pages it takes: filters and counts then work without asking again. */
export async function allPlugins(signal: AbortSignal): Promise<PluginSummary[]> {
  const items: PluginSummary[] = [];
  for (let page = 0; ; page++) {
    const answer = await value(client.GET("/api/v1/plugins", { params: { query: { page, size: PAGE, sort: "id" } }, signal }));
    items.push(...answer.items);
    if (answer.items.length === 0 || items.length >= answer.total) return items;
  }
}

/** What a search of the registry found: ids, the best first, and the query that was answered where a word of the given one occurs nowhere. */
export interface Found {
  readonly ids: readonly string[];
  readonly corrected: string | undefined;
}

export async function searchPlugins(query: string, signal: AbortSignal): Promise<Found> {
  const answer = await value(client.GET("/api/v1/plugins", { params: { query: { query, size: PAGE } }, signal }));
  return { ids: answer.items.map((plugin) => plugin.id), corrected: answer.correctedQuery };
}

export function plugin(id: string, version: string, signal: AbortSignal): Promise<Plugin> {
  return value(client.GET("/api/v1/plugins/{id}/versions/{version}", { params: { path: { id, version } }, signal }));
}

export async function versions(id: string, signal: AbortSignal): Promise<PluginVersion[]> {
  const answer = await value(client.GET("/api/v1/plugins/{id}/versions", { params: { path: { id }, query: { size: PAGE } }, signal }));
  return answer.items;
}

export function card(id: string, version: string, signal: AbortSignal): Promise<string> {
  return value(
    client.GET("/api/v1/plugins/{id}/versions/{version}/card", { params: { path: { id, version } }, parseAs: "text", signal }),
  ) as Promise<string>;
}

/** The stored or freshly computed matrix; a job when the computation outlasts the wait. */
export async function matrix(
  at: { id: string; version: string; provider: string; length: number; seed: number; config?: string },
  signal: AbortSignal,
): Promise<{ matrix: Matrix } | { job: Job }> {
  const { id, version, ...query } = at;
  const call = await client.GET("/api/v1/plugins/{id}/versions/{version}/matrix.json", {
    params: { path: { id, version }, query: { ...query, wait: 5 } },
    signal,
  });
  const answer = await value<Matrix | Job>(Promise.resolve(call as Answer<Matrix | Job>));
  return call.response.status === 202 ? { job: answer as Job } : { matrix: answer as Matrix };
}

export function startBenchmark(request: BenchmarkRequest): Promise<Job> {
  return value(client.POST("/api/v1/benchmarks", { body: request }));
}

export function benchmarks(query: { plugin?: string; state?: string; size?: number }, signal: AbortSignal): Promise<{ items: Job[] }> {
  return value(client.GET("/api/v1/benchmarks", { params: { query }, signal }));
}

export function recommendation(
  query: { length: number; dim: number; heads: number; pass: string; causal: boolean; backend: string },
  signal: AbortSignal,
): Promise<Recommendation> {
  return value(client.GET("/api/v1/recommendations", { params: { query }, signal }));
}

export function startVerification(id: string, version: string, level: number): Promise<Job> {
  return value(client.POST("/api/v1/verifications", { body: { plugins: [{ id, version }], level } }));
}

export function jobs(
  query: { kind?: string; state?: string; plugin?: string; page?: number; size?: number },
  signal: AbortSignal,
): Promise<{ items: Job[]; total: number; page: number; size: number }> {
  return value(client.GET("/api/v1/jobs", { params: { query }, signal }));
}

export function job(id: string, signal: AbortSignal): Promise<Job> {
  return value(client.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal }));
}

export function cancelJob(id: string): Promise<Job> {
  return value(client.DELETE("/api/v1/jobs/{id}", { params: { path: { id } } }));
}

export function session(signal: AbortSignal): Promise<Session> {
  return value(client.GET("/api/v1/session", { signal }));
}

/** Turns a token into a session: the token buys a one-time code, and the code a cookie that no script can read. */
export async function signIn(token: string): Promise<void> {
  // Nothing else can stand in a header, and the browser would refuse to send it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Problem({ status: 0, code: "token-invalid", title: "This is no token", detail: "A token is one word of letters, digits, ‘_’ and ‘-’ that begins with zoo_." });
  }
  const { url } = await value(client.POST("/api/v1/session/codes", { headers: { Authorization: `Bearer ${token}` } }));
  const answer = await fetch(url, { redirect: "manual" }).catch(() => {
    lost();
    throw Problem.unreachable();
  });
  if (!answer.ok && answer.type !== "opaqueredirect") throw Problem.of(answer.status, await answer.json().catch(() => undefined));
}

export async function signOut(): Promise<void> {
  await value(client.DELETE("/api/v1/session"));
}

/** Results that the registry's release carries: rows of mixers, or the papers' claims. */
export function mixerStudy(name: "recall" | "scaling", signal: AbortSignal): Promise<MixerStudy> {
  return value(client.GET("/api/v1/studies/{name}", { params: { path: { name } }, signal })) as Promise<MixerStudy>;
}

export function claimsStudy(signal: AbortSignal): Promise<ClaimsStudy> {
  return value(client.GET("/api/v1/studies/{name}", { params: { path: { name: "claims" } }, signal })) as Promise<ClaimsStudy>;
}

export async function catalogProblems(signal: AbortSignal) {
  return value(client.GET("/api/v1/catalog/problems", { params: { query: { size: PAGE } }, signal }));
}
