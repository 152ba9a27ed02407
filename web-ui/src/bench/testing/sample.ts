import type { BenchmarkReport, BenchmarkResult } from "../../api/types";

/** A result for tests: what they do not name is the same everywhere. */
export function result(id: string, length: number, medianMs: number | null, more: Partial<BenchmarkResult> = {}): BenchmarkResult {
  return {
    id,
    implementation: "layerzoo",
    unit: "core",
    pass: "forward",
    dtype: "f32",
    batch: 1,
    length,
    dim: 512,
    heads: 8,
    medianMs,
    peakBytes: medianMs === null ? null : length * 1000,
    refused: medianMs === null ? "too long" : null,
    ...more,
  };
}

export function report(results: BenchmarkResult[], fits: BenchmarkReport["fits"] = []): BenchmarkReport {
  return { environment: { cpu: "A, \"quoted\" CPU", cores: 2, threads: 2 }, results, fits };
}
