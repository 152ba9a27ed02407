import { useEffect, useState } from "react";
import { job as getJob } from "./client";
import { Problem } from "./problem";
import type { Job } from "./types";

export interface LogLine {
  readonly line: string;
  readonly at?: string;
}

export type Link = "connecting" | "live" | "reconnecting" | "closed";

/** A job as it goes on. `link` says whether its events arrive. */
export interface Watched {
  readonly job: Job | undefined;
  readonly log: readonly LogLine[];
  readonly link: Link;
  readonly problem: Problem | undefined;
}

export function finished(job: Job | undefined): boolean {
  return job !== undefined && (job.state === "succeeded" || job.state === "failed" || job.state === "cancelled");
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;
const LOG_LIMIT = 5000;

/**
 * Follows a job's server-sent events. The browser resumes a dropped stream itself (Last-Event-ID); where it gives up, because
 * the server was away or answered an error, the stream is opened anew with growing pauses, and lines that are shown already are
 * passed over.
 */
class Watcher {
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST_RETRY_MS;
  private done = false;
  private readonly abort = new AbortController();
  private readonly seen = new Set<string>();
  private state: Watched = { job: undefined, log: [], link: "connecting", problem: undefined };
  private readonly id: string;
  private readonly show: (state: Watched) => void;

  constructor(id: string, show: (state: Watched) => void) {
    this.id = id;
    this.show = show;
  }

  async start(): Promise<void> {
    try {
      const job = await getJob(this.id, this.abort.signal);
      this.set({ job, problem: undefined });
      this.open();
    } catch (thrown) {
      if (this.abort.signal.aborted) return;
      const problem = Problem.from(thrown);
      this.set({ problem, link: problem.offline ? "reconnecting" : "closed" });
      if (problem.offline) this.again();
    }
  }

  stop(): void {
    this.abort.abort();
    this.source?.close();
    clearTimeout(this.timer);
  }

  private open(): void {
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(this.id)}/events`);
    this.source = source;
    source.onopen = () => {
      this.pause = FIRST_RETRY_MS;
      this.set({ link: "live", problem: undefined });
    };
    source.addEventListener("progress", (event) => this.set({ job: JSON.parse(event.data) as Job }));
    source.addEventListener("log", (event) => this.append(event.lastEventId, JSON.parse(event.data) as LogLine));
    source.addEventListener("done", (event) => {
      this.done = true;
      source.close();
      this.set({ job: JSON.parse(event.data) as Job, link: "closed" });
    });
    source.onerror = () => {
      // That the job has finished is no reason to stop: its log is heard from the stream alone, up to the event "done".
      if (this.done) return;
      this.set({ link: "reconnecting" });
      if (source.readyState === EventSource.CLOSED) this.again();
    };
  }

  private append(eventId: string, line: LogLine): void {
    // A stream that was opened anew repeats the log from its start; what is shown already is known by its id.
    if (eventId !== "" && this.seen.has(eventId)) return;
    this.seen.add(eventId);
    this.set({ log: [...this.state.log, line].slice(-LOG_LIMIT) });
  }

  private again(): void {
    this.source?.close();
    this.timer = setTimeout(() => void this.start(), this.pause);
    this.pause = Math.min(this.pause * 2, LAST_RETRY_MS);
  }

  private set(change: Partial<Watched>): void {
    if (this.abort.signal.aborted) return;
    this.state = { ...this.state, ...change };
    this.show(this.state);
  }
}

const NOTHING: Watched = { job: undefined, log: [], link: "closed", problem: undefined };

/** Watches a job while the component is shown; no id, nothing to watch. */
export function useJob(id: string | undefined): Watched {
  const [watched, setWatched] = useState<{ id: string | undefined; state: Watched }>({ id, state: NOTHING });
  useEffect(() => {
    if (id === undefined) return;
    const watcher = new Watcher(id, (state) => setWatched({ id, state }));
    void watcher.start();
    return () => watcher.stop();
  }, [id]);
  if (id === undefined) return NOTHING;
  return watched.id === id ? watched.state : { ...NOTHING, link: "connecting" };
}
