import { LIMITS, oneOf, PASSES, whole } from "../bench/query";

/** What the page of recommendations asks, and the benchmarks that it waits for, as they stand in the address. */
export interface Question {
  readonly length: number;
  readonly dim: number;
  readonly heads: number;
  readonly pass: (typeof PASSES)[number];
  readonly causal: boolean;
  readonly backend: string;
  /** Jobs that measure what was missing, until the last one has ended. */
  readonly jobs: readonly string[];
}

export const QUESTION_DEFAULTS: Question = { length: 4096, dim: 512, heads: 8, pass: "forward", causal: false, backend: "auto", jobs: [] };

export function readQuestion(query: URLSearchParams): Question {
  const d = QUESTION_DEFAULTS;
  return {
    length: whole(query.get("length"), LIMITS.length, d.length),
    dim: whole(query.get("dim"), LIMITS.dim, d.dim),
    heads: whole(query.get("heads"), LIMITS.heads, d.heads),
    pass: oneOf(PASSES, query.get("pass"), d.pass),
    causal: query.get("causal") === "true",
    backend: query.get("backend") || d.backend,
    jobs: (query.get("jobs") ?? "").split(",").filter((id) => id !== ""),
  };
}

/** The address of a question. The length always stands in it: it is what a reader of the link looks for. */
export function writeQuestion(question: Question): URLSearchParams {
  const query = new URLSearchParams({ length: String(question.length) });
  for (const key of ["dim", "heads", "pass", "causal", "backend"] as const) {
    if (question[key] !== QUESTION_DEFAULTS[key]) query.set(key, String(question[key]));
  }
  if (question.jobs.length > 0) query.set("jobs", question.jobs.join(","));
  return query;
}
