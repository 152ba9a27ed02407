import type { MixerStudy } from "../api/types";
import { csvRow } from "../bench/csv";
import type { Found } from "./claims";
import { configText, crossingText, refusalOf, rowsOf, type Mixer, type Scaling } from "./studies";

const MACHINE = ["cpu", "cores", "threads", "jdk"] as const;

function table(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [header, ...rows].map((row) => csvRow(row) + "\r\n").join("");
}

/** A line a configuration and seed, with the machine in each. */
export function recallCsv(study: MixerStudy, mixers: readonly Mixer[]): string {
  const figures = ["seed", "state", "grows", "accuracy", "chance", "learningRate", "steps", "trainSeconds", "parameters"] as const;
  const machine = [...MACHINE.map((key) => study.environment[key]), study.date];
  const rows = mixers.flatMap((mixer) => rowsOf(study, mixer).map((row) => [mixer.id, mixer.name, mixer.group, row.config ? configText(row.config) : "", ...figures.map((key) => row[key]), refusalOf(row), ...machine]));
  return table(["id", "name", "group", "config", ...figures, "refused", ...MACHINE, "date"], rows);
}

/** A line a mixer and length, with the fits and the machine in each; a mixer without figures has one line with the reason. */
export function scalingCsv(study: MixerStudy, scaling: readonly Scaling[]): string {
  const figures = ["length", "minMs", "medianMs", "runs", "peakBytes", "relError"] as const;
  const machine = [...MACHINE.map((key) => study.environment[key]), study.date];
  const rows = scaling.flatMap(({ mixer, row, law, overtakes }) => {
    const fits = [law?.exponent, row.memoryExponent, crossingText(overtakes)];
    const lengths = row.lengths ?? [];
    if (lengths.length === 0) return [[mixer.id, mixer.name, mixer.group, ...figures.map(() => ""), ...fits, refusalOf(row), ...machine]];
    return lengths.map((at) => [mixer.id, mixer.name, mixer.group, ...figures.map((key) => at[key]), ...fits, at.refused, ...machine]);
  });
  return table(["id", "name", "group", ...figures, "timeExponent", "memoryExponent", "overtakesBaseline", "refused", ...MACHINE, "date"], rows);
}

export function claimsCsv(claims: readonly Found[]): string {
  const fields = ["id", "plugin", "family", "claim", "paper", "here", "verdict", "reason", "measures", "rule", "commands", "machine", "date"] as const satisfies readonly (keyof Found)[];
  return table(fields, claims.map((claim) => fields.map((field) => claim[field])));
}
