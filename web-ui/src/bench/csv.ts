import type { BenchmarkReport, BenchmarkResult } from "../api/types";

/** One row of RFC 4180; a text that a spreadsheet would run as a formula is kept a text. */
export function csvRow(cells: readonly unknown[]): string {
  return cells.map(cell).join(",");
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const raw = Array.isArray(value) ? value.join("; ") : String(value);
  const text = /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const COLUMNS = [
  "id", "implementation", "unit", "pass", "dtype", "batch", "length", "dim", "heads", "medianMs", "p95Ms", "minMs", "runs",
  "tokensPerSecond", "peakBytes", "flops", "gflops", "relError", "relErrorLength", "fallbacks", "ignored", "refused",
] as const satisfies readonly (keyof BenchmarkResult)[];

const MACHINE = ["cpu", "cores", "threads", "jdk", "backend", "device"] as const;

/** A report as CSV, one line a result, with fitted exponents and the machine in every line, so that lines of many files can be mixed. */
export function reportCsv(report: BenchmarkReport): string {
  const header = csvRow([...COLUMNS, "timeExponent", "memoryExponent", ...MACHINE]);
  const lines = report.results.map((row) => {
    const fit = report.fits.find((f) => f.id === row.id && f.implementation === row.implementation);
    const machine = MACHINE.map((key) => report.environment[key]);
    return csvRow([...COLUMNS.map((column) => row[column]), fit?.timeExponent, fit?.memoryExponent, ...machine]);
  });
  return [header, ...lines].join("\r\n") + "\r\n";
}
