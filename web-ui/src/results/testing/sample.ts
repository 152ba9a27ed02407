import type { ClaimsStudy, MixerStudy } from "../../api/types";

const FRAME = {
  schema: 1,
  date: "2026-11-22",
  environment: { cpu: "A CPU", cores: 2, threads: 1, jdk: "25" },
  notRun: ["titans depth 1, seed 1"],
} as const;

const PLAN = {
  about: "a test",
  groups: ["softmax attention", "linear attention", "recurrent"],
  mixers: [
    { id: "soft", name: "softmax attention", group: 0 },
    { id: "lin", name: "linear", group: 1 },
    { id: "delta", name: "delta rule", group: 1 },
    { id: "ssm", name: "SSM", group: 2 },
  ],
};

const recall = (id: string, config: object, seed: number, state: number, accuracy: number, grows = false) => ({ key: `${id} ${JSON.stringify(config)}, seed ${seed}`, id, seed, config, state, accuracy, grows, chance: 0.03, learningRate: 0.001, steps: 1000, parameters: 70_000 });

export const RECALL = {
  ...FRAME,
  study: "recall",
  title: "Recall",
  command: "./zoo study recall",
  plan: PLAN,
  rows: [
    recall("soft", {}, 1, 8192, 0.99, true),
    recall("lin", { heads: 4, form: { type: "taylor" } }, 1, 1024, 0.992),
    recall("lin", { heads: 2 }, 1, 256, 0.98),
    recall("lin", { heads: 2 }, 2, 256, 0.99),
    recall("delta", {}, 1, 128, 0.4),
    { key: "ssm, seed 1", id: "ssm", refused: "too much memory" },
  ],
} as unknown as MixerStudy;

const lengths = (figures: Record<number, number>) => Object.entries(figures).map(([length, minMs]) => ({ length: Number(length), minMs, medianMs: minMs * 1.1, runs: 5, peakBytes: 1000, relError: 1e-7 }));

export const SCALING = {
  ...FRAME,
  study: "scaling",
  title: "Time",
  command: "./zoo study scaling",
  plan: { ...PLAN, baseline: "soft" },
  rows: [
    { key: "soft", id: "soft", lengths: lengths({ 1000: 1, 10000: 100 }), timeExponent: 2, memoryExponent: 1 },
    { key: "lin", id: "lin", lengths: lengths({ 1000: 2, 10000: 20 }), timeExponent: 1, memoryExponent: 1 },
    { key: "delta", id: "delta", lengths: [{ length: 1000, minMs: null, refused: "heads 4" }], timeExponent: null, memoryExponent: null },
    { key: "ssm", id: "ssm", refused: "too long" },
  ],
} as unknown as MixerStudy;

const run = (command: string, date: string) => ({ command, machine: FRAME.environment, date, figures: {} });

export const CLAIMS = {
  format: 1,
  runs: { a: run("zoo bench lin", "2026-11-21"), b: run("zoo bench soft", "2026-11-22") },
  claims: [
    { id: "lin/claim-1", claim: "Linear, in time", paper: "slope 1", verdict: "holds", here: "T^1.0", measures: "time", rule: "lin.time < 1.2", runs: { lin: "a", soft: "b" } },
    { id: "lin/claim-2", claim: "Better", paper: "", verdict: "cannot be measured here", reason: "It takes a GPU." },
    { id: "delta/claim-1", claim: "Recalls", paper: "100 %", verdict: "not measured yet", measures: "recall", rule: "delta.accuracy > 0.9", runs: { delta: "none" } },
  ],
} as unknown as ClaimsStudy;
