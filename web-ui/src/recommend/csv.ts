import type { RankedMixer, Recommendation } from "../api/types";
import { csvRow } from "../bench/csv";

const QUESTION = ["length", "dim", "heads", "pass"] as const;
const FIGURES = ["medianMs", "p95Ms", "minMs", "timesBest", "tokensPerSecond", "peakBytes", "gflops", "relError", "fallbacks", "source", "measuredAt", "backend"] as const satisfies readonly (keyof RankedMixer)[];
const MACHINE = ["cpu", "cores", "threads", "jdk"] as const;

/** A ranking as CSV, with question and machine in every line; what was not measured follows without a rank, with its reason. */
export function rankingCsv({ question, environment, ranking, notMeasured }: Recommendation): string {
  const asked = QUESTION.map((key) => question[key]);
  const machine = MACHINE.map((key) => environment[key]);
  const header = ["rank", "id", "version", "title", "family", "causal", ...QUESTION, ...FIGURES, ...MACHINE, "notMeasured"];
  const ranked = ranking.map((e) => [e.rank, e.id, e.version, e.title, e.family, e.causal, ...asked, ...FIGURES.map((key) => e[key]), ...machine, ""]);
  const missing = notMeasured.map((e) => ["", e.id, "", e.title, "", "", ...asked, ...FIGURES.map(() => ""), ...machine, e.reason]);
  return [header, ...ranked, ...missing].map((row) => csvRow(row) + "\r\n").join("");
}
