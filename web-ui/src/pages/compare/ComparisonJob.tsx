import { useRef, useState } from "react";
import { Link } from "react-router";
import { cancelJob } from "../../api/client";
import { Problem } from "../../api/problem";
import type { BenchmarkReport, Job } from "../../api/types";
import { finished, type Watched } from "../../api/watch";
import { mayChange } from "../../session/ownership";
import { useSession } from "../../session/session";
import { OwnerHint } from "../../ui/actions";
import { Empty, ProblemNotice, Skeleton } from "../../ui/Notice";
import { Progress } from "../../ui/controls";
import { LinkState } from "../jobs/JobState";
import { Report } from "./Report";

/** A comparison from its queue to its result. */
export function ComparisonJob({ watched, sort, onSort }: { watched: Watched; sort: string; onSort(sort: string): void }) {
  const { job, problem } = watched;
  if (problem && !job) return <ProblemNotice problem={problem} />;
  if (!job) return <Skeleton lines={6} label="Loading the comparison" />;
  if (job.kind !== "benchmark") {
    return (
      <Empty title="This job is no comparison">
        <p>
          It is a {job.kind}. <Link to={`/jobs/${job.id}`}>Open it among the jobs</Link>.
        </p>
      </Empty>
    );
  }
  if (!finished(job)) return <InProgress job={job} watched={watched} />;
  if (job.state === "succeeded" && job.result) return <Report job={job} report={job.result as unknown as BenchmarkReport} sort={sort} onSort={onSort} />;
  return (
    <div className="notice" data-tone={job.state === "failed" ? "danger" : "warn"} role="alert">
      <h2 className="notice-title">{job.state === "failed" ? (job.problem?.title ?? "The comparison failed") : "The comparison was cancelled"}</h2>
      {(job.problem?.detail || job.message) && <p>{job.problem?.detail || job.message}</p>}
      <p className="notice-foot">
        {job.problem?.code && <code>{job.problem.code}</code>}
        <Link to={`/jobs/${job.id}`}>Its log</Link>
      </p>
    </div>
  );
}

function InProgress({ job, watched }: { job: Job; watched: Watched }) {
  const { session } = useSession();
  const [problem, setProblem] = useState<Problem | undefined>();
  const log = useRef<HTMLDivElement>(null);
  const lines = watched.log.slice(-6);
  return (
    <section className="running" aria-label="Progress">
      <div className="running-head">
        <h2>{job.state === "queued" ? "Waiting for a runner" : "Measuring"}</h2>
        <span className="running-percent tabular">{Math.round(job.progress * 100)}%</span>
      </div>
      <Progress value={job.progress} label="Comparison" />
      <p className="running-message" aria-live="polite">
        {job.state === "running" && job.message ? job.message : "The runner takes one benchmark at a time, so that figures do not disturb each other."}
      </p>
      <div className="running-log" ref={log} aria-hidden="true">
        {lines.map((line, i) => (
          <div key={`${watched.log.length}-${i}`}>{line.line}</div>
        ))}
      </div>
      <p className="running-foot">
        <LinkState link={watched.link} />
        <Link to={`/jobs/${job.id}`}>Full log</Link>
        <button type="button" className="button small" disabled={!mayChange(session, job.owner)} onClick={() => cancelJob(job.id).catch((thrown: unknown) => setProblem(Problem.from(thrown)))}>
          Cancel
        </button>
      </p>
      <OwnerHint owner={job.owner} action="cancel it" />
      {problem && <ProblemNotice problem={problem} />}
    </section>
  );
}
