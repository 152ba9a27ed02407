import { randomUUID } from "node:crypto";
import { cell, matrixRows, report } from "./fixtures/benchmark.mjs";

const now = () => new Date().toISOString();

/** Jobs that go on by a clock, with the registry's events; after `holdAfter` steps each waits for `release`. */
export class Jobs {
  #jobs = new Map();
  #stepMs;
  #holdAfter;
  #held = [];

  constructor(stepMs, holdAfter) {
    this.#stepMs = stepMs;
    this.#holdAfter = holdAfter;
  }

  /** Lets the jobs that wait, and all later ones, go on to their end. */
  release() {
    this.#holdAfter = Infinity;
    for (const tick of this.#held.splice(0)) tick();
  }

  list() {
    return [...this.#jobs.values()].map((entry) => entry.job).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  get(id) {
    return this.#jobs.get(id);
  }

  /** A job that ended in the past. */
  stored(kind, spec, state, { result = null, problem = null, minutesAgo = 5, seconds = 40, message = "", log = [], background = false } = {}) {
    const created = Date.now() - minutesAgo * 60_000;
    const at = (offset) => new Date(created + offset).toISOString();
    const job = { id: randomUUID(), kind, owner: background ? "" : "local admin", state, progress: state === "succeeded" ? 1 : 0.4, message, createdAt: at(0), startedAt: at(800), finishedAt: at(800 + seconds * 1000), result, problem, spec, attempt: 1, background };
    this.#jobs.set(job.id, { job, log: log.map((line, i) => ({ line, at: at(900 + i * 1000) })), listeners: new Set() });
    return job;
  }

  benchmark(spec) {
    const cells = spec.lengths.flatMap((length) => spec.plugins.map((plugin) => ({ id: plugin.id, length })));
    const results = [];
    return this.#start("benchmark", spec, cells, (step) => {
      results.push(cell(spec, step.id, step.length));
      const last = results.at(-1);
      const line = last.refused ? `${step.id} length ${step.length}: refused, ${last.refused}` : `${step.id} length ${step.length}: median ${last.medianMs.toFixed(3)} ms of ${last.runs} runs`;
      return { message: `${step.id}, length ${step.length}`, line };
    }, () => report(spec, results));
  }

  verification(spec) {
    const steps = ["shapes", "gradient", "causality", "streaming", "golden layer-t21-n16"];
    return this.#start("verification", spec, steps, (step) => ({ message: step, line: `${step}: passed` }), () => ({ plugins: spec.plugins.map(({ id, version }) => ({ id, version, level: 2, passed: true, checks: [], golden: [] })) }));
  }

  matrix(spec) {
    return this.#start("matrix", spec, ["load", "derive"], (step) => ({ message: step, line: step }), () => ({ ...spec, kind: "sensitivity", rows: matrixRows(spec.id, spec.length, spec.seed) }));
  }

  cancel(id) {
    const entry = this.#jobs.get(id);
    if (entry.job.finishedAt === null) this.#finish(entry, { state: "cancelled", message: "Cancelled" });
    return entry.job;
  }

  close() {
    for (const entry of this.#jobs.values()) clearTimeout(entry.timer);
  }

  #start(kind, spec, steps, work, result) {
    const job = { id: randomUUID(), kind, owner: "local admin", state: "queued", progress: 0, message: "", createdAt: now(), startedAt: null, finishedAt: null, result: null, problem: null, spec, attempt: 0 };
    const entry = { job, log: [], listeners: new Set() };
    this.#jobs.set(job.id, entry);
    let done = 0;
    const tick = () => {
      if (job.finishedAt !== null) return;
      if (done >= this.#holdAfter) {
        this.#held.push(tick);
        return;
      }
      if (done === 0) Object.assign(job, { state: "running", startedAt: now(), attempt: 1 });
      if (done === steps.length) {
        this.#finish(entry, { state: "succeeded", progress: 1, message: "Done", result: result() });
        return;
      }
      const { message, line } = work(steps[done]);
      done++;
      Object.assign(job, { progress: done / steps.length, message });
      entry.log.push({ line, at: now() });
      for (const send of entry.listeners) {
        send("log", entry.log.at(-1), entry.log.length);
        send("progress", job);
      }
      entry.timer = setTimeout(tick, this.#stepMs);
    };
    entry.timer = setTimeout(tick, this.#stepMs);
    return job;
  }

  #finish(entry, change) {
    clearTimeout(entry.timer);
    Object.assign(entry.job, change, { finishedAt: now() });
    for (const send of [...entry.listeners]) send("done", entry.job);
  }
}
