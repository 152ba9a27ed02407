import { ENVIRONMENT } from "./fixtures/benchmark.mjs";
import { summary } from "./fixtures/plugins.mjs";

const CAUSAL = "self-causal";

/** The registry's ranking of mixers, out of what the mock's benchmarks "measured". */
export function recommendation(plugins, jobs, question) {
  const rows = new Map();
  // Newest first: the first row of a plugin holds.
  for (const job of jobs) {
    if (job.kind !== "benchmark" || job.state !== "succeeded" || job.spec.backend !== question.backend) continue;
    for (const row of job.result.results) if (answers(row, question) && !rows.has(row.id)) rows.set(row.id, { row, job });
  }
  const mixers = plugins.filter((plugin) => plugin.kind === "mixer" && (!question.causal || plugin.modes.includes(CAUSAL)));
  const measured = mixers.filter(({ id }) => rows.has(id) && rows.get(id).row.refused === null);
  const best = Math.min(...measured.map(({ id }) => rows.get(id).row.medianMs));
  const ranking = measured
    .toSorted((a, b) => rows.get(a.id).row.medianMs - rows.get(b.id).row.medianMs)
    .map((plugin, i) => entry(summary(plugin), rows.get(plugin.id), i + 1, best));
  const notMeasured = mixers
    .filter((plugin) => !measured.includes(plugin))
    .map(({ id, title }) => ({ id, title, reason: rows.get(id)?.row.refused ?? `not measured yet at ${question.length} tokens and width ${question.dim}`, refused: rows.has(id) }));
  const { cpu, cores, threads, jdk } = ENVIRONMENT;
  return { question, environment: rows.size > 0 ? { cpu, cores, threads, jdk } : {}, ranking, notMeasured };
}

function answers(row, question) {
  return row.unit === "layer" && row.dtype === "f32" && row.batch === 1 && ["length", "dim", "heads", "pass"].every((key) => row[key] === question[key]);
}

function entry({ id, version, title, family, modes }, { row, job }, rank, best) {
  const { medianMs, p95Ms, minMs, tokensPerSecond, peakBytes, gflops, relError, fallbacks } = row;
  const shown = { rank, id, version, title, family, causal: modes.includes(CAUSAL), medianMs, p95Ms, minMs, tokensPerSecond, peakBytes, gflops, relError, fallbacks };
  return { ...shown, timesBest: medianMs / best, source: "stored", measuredAt: job.finishedAt, backend: ENVIRONMENT.backend, jobId: job.id };
}
