import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { cancelJob } from "../../api/client";
import { Problem } from "../../api/problem";
import type { Job } from "../../api/types";
import { finished, useJob } from "../../api/watch";
import { ofSpec } from "../../bench/spec";
import { mayChange } from "../../session/ownership";
import { useSession } from "../../session/session";
import { ProblemNotice } from "../../ui/Notice";
import { Progress } from "../../ui/controls";
import { LinkState } from "../jobs/JobState";

export interface Ended {
  readonly jobs: readonly Job[];
}

interface Props {
  readonly jobs: readonly string[];
  /** One benchmark ended: its figures are stored. */
  onStep(): void;
  onEnd(ended: Ended): void;
}

/** Benchmarks that run one after the other, as one progress. */
export function Measuring({ jobs, onStep, onEnd }: Props) {
  const { session } = useSession();
  const [at, setAt] = useState(0);
  const ended = useRef<Job[]>([]);
  const id = jobs[at];
  const watched = useJob(id);
  const [problem, setProblem] = useState<Problem | undefined>();
  const job = watched.job?.id === id ? watched.job : undefined;

  useEffect(() => {
    if (!job || !finished(job) || ended.current.some((other) => other.id === job.id)) return;
    ended.current.push(job);
    if (ended.current.length === jobs.length) onEnd({ jobs: ended.current });
    else {
      setAt(ended.current.length);
      onStep();
    }
  }, [job]);

  const cancel = async () => {
    setProblem(undefined);
    try {
      // From the last, so that none is begun while the others are being cancelled.
      for (const open of jobs.slice(at).toReversed()) await cancelJob(open);
    } catch (thrown) {
      setProblem(Problem.from(thrown));
    }
  };

  if (watched.problem && !job) {
    return (
      <div className="lost-job">
        <ProblemNotice problem={watched.problem} />
        <button type="button" className="button small" onClick={() => onEnd({ jobs: ended.current })}>
          Stop waiting for it
        </button>
      </div>
    );
  }
  const value = Math.min(1, (at + (job?.progress ?? 0)) / jobs.length);
  return (
    <section className="running" aria-label="Progress">
      <div className="running-head">
        <h2>{job?.state === "running" || at > 0 ? "Measuring what is missing" : "Waiting for a runner"}</h2>
        <span className="running-percent tabular">{Math.round(value * 100)}%</span>
      </div>
      <Progress value={value} label="Measurement" />
      <p className="running-message" aria-live="polite">
        {job?.state === "running" && `${at + 1} of ${jobs.length}, ${ofSpec(job.spec).plugins.join(", ")}${job.message ? `: ${job.message}` : ""}`}
        {job?.state !== "running" && "The runner takes one benchmark at a time, so that figures do not disturb each other."}
      </p>
      <p className="running-foot">
        <LinkState link={watched.link} />
        {id !== undefined && <Link to={`/jobs/${id}`}>Full log</Link>}
        <button type="button" className="button small" disabled={!mayChange(session, job?.owner)} onClick={() => void cancel()}>
          Cancel
        </button>
      </p>
      {problem && <ProblemNotice problem={problem} />}
    </section>
  );
}
