import { useEffect } from "react";
import { Link, useSearchParams } from "react-router";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import type { Job, JobState } from "../../api/types";
import { finished } from "../../api/watch";
import { ago, count, duration, moment, words } from "../../format/units";
import { Empty, ProblemNotice, Skeleton } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { Progress } from "../../ui/controls";
import { BackgroundMark, JobStateMark } from "./JobState";
import { subjectOf } from "./subject";

const SIZE = 25;
const REFRESH_MS = 3000;
const KINDS = ["benchmark", "verification", "matrix", "training", "probe", "comparison"];
const STATES: readonly JobState[] = ["queued", "running", "succeeded", "failed", "cancelled"];

export function JobsPage() {
  useTitle("Jobs");
  const [params, setParams] = useSearchParams();
  const kind = params.get("kind") ?? "";
  const state = params.get("state") ?? "";
  const page = Math.max(0, Number(params.get("page") ?? 0) || 0);
  const { data, problem, reload } = useResource(`jobs ${kind} ${state} ${page}`, (signal) =>
    api.jobs({ page, size: SIZE, ...(kind ? { kind } : {}), ...(state ? { state } : {}) }, signal),
  );
  const live = data?.items.some((job) => !finished(job)) ?? false;
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(reload, REFRESH_MS);
    return () => clearInterval(timer);
  }, [live, reload]);

  const change = (changes: Record<string, string>) => {
    const next = new URLSearchParams(params);
    for (const [key, value] of Object.entries(changes)) {
      if (value === "") next.delete(key);
      else next.set(key, value);
    }
    setParams(next, { replace: true });
  };
  return (
    <div className="page">
      <header className="page-head">
        <h1>Jobs</h1>
        <p className="lead">Everything that runners measured, verified, trained or drew.</p>
      </header>
      <div className="jobs-tools">
        <Select label="Kind" value={kind} choices={KINDS} onChange={(value) => change({ kind: value, page: "" })} />
        <Select label="State" value={state} choices={STATES} onChange={(value) => change({ state: value, page: "" })} />
      </div>
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      {!data && !problem && <Skeleton lines={6} label="Loading jobs" />}
      {data && data.items.length === 0 && (
        <Empty title={kind || state ? "No such job" : "No job yet"}>
          <p>
            A job starts when you <Link to="/compare">compare mechanisms</Link>, verify a plugin or ask for a mixing matrix, and in the background when a plugin was never verified.
          </p>
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <ul className="job-list">
          {data.items.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      )}
      {data && data.total > SIZE && (
        <nav className="pager" aria-label="Pages of jobs">
          <button type="button" className="button small" disabled={page === 0} onClick={() => change({ page: page === 1 ? "" : String(page - 1) })}>
            Newer
          </button>
          <span className="quiet tabular">
            {count(page * SIZE + 1)} to {count(Math.min(data.total, (page + 1) * SIZE))} of {count(data.total)}
          </span>
          <button type="button" className="button small" disabled={(page + 1) * SIZE >= data.total} onClick={() => change({ page: String(page + 1) })}>
            Older
          </button>
        </nav>
      )}
    </div>
  );
}

function Select({ label, value, choices, onChange }: { label: string; value: string; choices: readonly string[]; onChange(value: string): void }) {
  return (
    <label className="sort">
      <span>{label}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">all</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    </label>
  );
}

function JobRow({ job }: { job: Job }) {
  const running = job.state === "running";
  return (
    <li className="job-row">
      <JobStateMark state={job.state} />
      <div className="job-main">
        <Link to={`/jobs/${job.id}`}>
          {words(job.kind)}: {subjectOf(job)}
        </Link>
        {job.background && <BackgroundMark />}
        {running && <Progress value={job.progress} label={`${job.kind} of ${subjectOf(job)}`} />}
        <span className="quiet">{job.problem?.title ?? job.message}</span>
      </div>
      <span className="job-when quiet tabular" title={moment(job.createdAt)}>
        {ago(job.createdAt, Date.now())}
        {took(job) && <>, took {took(job)}</>}
      </span>
    </li>
  );
}

export function took(job: Job): string | undefined {
  if (!job.startedAt || !job.finishedAt) return undefined;
  return duration(new Date(job.finishedAt).getTime() - new Date(job.startedAt).getTime());
}
