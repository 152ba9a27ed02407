import { useEffect, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { cancelJob } from "../../api/client";
import { Problem } from "../../api/problem";
import type { Job } from "../../api/types";
import { finished, useJob, type LogLine } from "../../api/watch";
import { moment, words } from "../../format/units";
import { mayChange } from "../../session/ownership";
import { useSession } from "../../session/session";
import { OwnerHint } from "../../ui/actions";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { CopyButton, Panel, Progress, SignInHint } from "../../ui/controls";
import { BackgroundMark, JobStateMark, LinkState } from "./JobState";
import { took } from "./JobsPage";
import { subjectOf } from "./subject";

export function JobPage() {
  const { id = "" } = useParams();
  const watched = useJob(id);
  const { job, problem } = watched;
  useTitle(job ? `${words(job.kind)} of ${subjectOf(job)}` : "Job");
  if (!job) {
    return (
      <div className="page">
        {problem ? <ProblemNotice page problem={problem} /> : <Skeleton lines={6} label="Loading the job" />}
        <p>
          <Link to="/jobs">All jobs</Link>
        </p>
      </div>
    );
  }
  return (
    <div className="page">
      <header className="page-head job-head">
        <div>
          <h1>
            {words(job.kind)}: {subjectOf(job)}
          </h1>
          <p className="job-line" aria-live="polite">
            <JobStateMark state={job.state} />
            <LinkState link={watched.link} />
            <span className="quiet">{job.message}</span>
            {job.background && <BackgroundMark />}
          </p>
        </div>
        <Actions job={job} />
      </header>
      {!finished(job) && <Progress value={job.progress} label={job.kind} />}
      {job.problem && <ProblemNotice problem={Problem.of(job.problem.status, job.problem)} />}
      <div className="job-columns">
        <Panel title="Log" id="log" aside={watched.log.length > 0 && <CopyButton text={watched.log.map((line) => line.line).join("\n")} label="Copy log" />}>
          <Log lines={watched.log} live={!finished(job)} />
        </Panel>
        <Panel title="Details" id="details">
          <Details job={job} />
        </Panel>
      </div>
    </div>
  );
}

function Actions({ job }: { job: Job }) {
  const { session } = useSession();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [asked, setAsked] = useState(false);
  const cancel = () => {
    setAsked(true);
    cancelJob(job.id).catch((thrown: unknown) => {
      setAsked(false);
      setProblem(Problem.from(thrown));
    });
  };
  const single = Array.isArray(job.spec.plugins) && job.spec.plugins.length === 1 ? (job.spec.plugins[0] as { id?: string }).id : undefined;
  return (
    <div className="job-actions">
      {job.kind === "benchmark" && job.state === "succeeded" && (
        <Link className="button primary" to={`/compare?job=${job.id}`}>
          Open the result
        </Link>
      )}
      {job.kind === "verification" && single && (
        <Link className="button" to={`/plugins/${encodeURIComponent(single)}`}>
          Open the plugin
        </Link>
      )}
      {!finished(job) && (
        <button type="button" className="button danger" disabled={!mayChange(session, job.owner) || asked} onClick={cancel}>
          {asked ? "Cancelling" : "Cancel"}
        </button>
      )}
      {!finished(job) && !mayChange(session, job.owner) && <SignInHint action="cancel" />}
      {!finished(job) && <OwnerHint owner={job.owner} action="cancel it" />}
      {problem && <ProblemNotice problem={problem} />}
    </div>
  );
}

/** The log, which follows its end until the reader scrolls up. */
function Log({ lines, live }: { lines: readonly LogLine[]; live: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useEffect(() => {
    if (following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      className="log"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label="Log"
      aria-live="off"
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        following.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.length === 0 && <p className="quiet">{live ? "Nothing was written yet." : "This job wrote no log."}</p>}
      {lines.map((line, i) => (
        <div key={i} className="log-line">
          {line.at && <span className="log-time tabular">{moment(line.at).slice(11)}</span>}
          <span>{line.line}</span>
        </div>
      ))}
    </div>
  );
}

function Details({ job }: { job: Job }) {
  return (
    <>
      <dl className="facts">
        <div>
          <dt>Id</dt>
          <dd>
            <code className="break">{job.id}</code>
          </dd>
        </div>
        {job.owner && <Row name="Owner" value={job.owner} />}
        <Row name="Created" value={moment(job.createdAt)} />
        {job.startedAt && <Row name="Started" value={moment(job.startedAt)} />}
        {job.finishedAt && <Row name="Finished" value={moment(job.finishedAt)} />}
        {took(job) && <Row name="Took" value={took(job)!} />}
        <Row name="Starts" value={String(job.attempt)} />
      </dl>
      <details className="checks" open>
        <summary>Specification</summary>
        <pre className="json" tabIndex={0}>
          {JSON.stringify(job.spec, undefined, 2)}
        </pre>
      </details>
      {job.result && (
        <details className="checks">
          <summary>Result</summary>
          <pre className="json" tabIndex={0}>
            {JSON.stringify(job.result, undefined, 2)}
          </pre>
        </details>
      )}
    </>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}
