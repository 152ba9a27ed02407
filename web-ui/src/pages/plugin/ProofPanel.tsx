import { useState } from "react";
import { Link } from "react-router";
import * as api from "../../api/client";
import { Problem } from "../../api/problem";
import type { Job, Plugin, Verification } from "../../api/types";
import { useResource } from "../../api/resource";
import { finished, useJob } from "../../api/watch";
import { significant } from "../../format/units";
import { useSession } from "../../session/session";
import { ProblemNotice } from "../../ui/Notice";
import { LEVELS, StateMark, stateOf } from "../../ui/Proof";
import { Panel, Progress, SignInHint } from "../../ui/controls";
import { useEffect } from "react";

const DEFAULT_LEVEL = 2;

/** The four levels, what each check found, and a button that proves them anew. */
export function ProofPanel({ plugin, reload }: { plugin: Plugin; reload(): void }) {
  const verification = plugin.verification ?? undefined;
  return (
    <Panel title="Levels of proof" id="proof">
      <ol className="levels">
        {LEVELS.map(({ level, name, meaning }) => (
          <li key={level} className="level" data-state={stateOf(plugin.levels, level)}>
            <div className="level-head">
              <span className="level-name">
                <span className="tabular">L{level}</span> {name}
              </span>
              <StateMark state={stateOf(plugin.levels, level)} />
            </div>
            <p className="field-help">{meaning}</p>
            {verification && <Checks verification={verification} level={Number(level)} />}
          </li>
        ))}
      </ol>
      {!verification && plugin.checks.length > 0 && (
        <details className="checks">
          <summary>{plugin.checks.length} checks of the paper, not run yet</summary>
          <ul>
            {plugin.checks.map((check) => (
              <li key={check}>{check}</li>
            ))}
          </ul>
        </details>
      )}
      <Verify plugin={plugin} reload={reload} />
    </Panel>
  );
}

function Checks({ verification, level }: { verification: Verification; level: number }) {
  const checks = verification.checks.filter((check) => check.level === level);
  const golden = level === 2 ? verification.golden : [];
  if (checks.length + golden.length === 0) return null;
  const failed = checks.filter((check) => !check.passed).length + golden.filter((g) => !g.passed).length;
  const total = checks.length + golden.length;
  return (
    <details className="checks" open={failed > 0}>
      <summary>{failed > 0 ? `${failed} of ${total} failed` : `${total} passed`}</summary>
      <ul>
        {checks.map((check) => (
          <li key={check.name} data-passed={check.passed}>
            <span>{check.name}</span>
            {check.detail && <span className="check-detail">{check.detail}</span>}
          </li>
        ))}
        {golden.map((result) => (
          <li key={result.case} data-passed={result.passed}>
            <span>
              golden <code>{result.case}</code>
            </span>
            <span className="check-detail tabular">{result.detail ?? worst(result.errors, result.tolerance)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function worst(errors: Readonly<Record<string, number>> | undefined, tolerance: number | null | undefined): string {
  const entries = Object.entries(errors ?? {}).toSorted((a, b) => b[1] - a[1]);
  const [name, error] = entries[0] ?? [];
  if (name === undefined || error === undefined) return "";
  return `largest error ${significant(error, 2)} (${name})${typeof tolerance === "number" ? `, tolerance ${significant(tolerance, 2)}` : ""}`;
}

function Verify({ plugin, reload }: { plugin: Plugin; reload(): void }) {
  const { mayRun } = useSession();
  const [own, setStarted] = useState<Job | undefined>();
  const newest = useResource(`verification of ${plugin.id} ${plugin.version}`, (signal) => api.jobs({ kind: "verification", plugin: plugin.id, size: 5 }, signal));
  const open = newest.data?.items.find((job) => !finished(job) && ofVersion(job, plugin.version));
  const started = own ?? open;
  const [problem, setProblem] = useState<Problem | undefined>();
  const watched = useJob(started?.id);
  const job = watched.job ?? started;
  const ended = finished(watched.job);
  useEffect(() => {
    if (ended) reload();
  }, [ended, reload]);
  // What the registry queued for a quiet moment need not be waited for.
  const waiting = job?.background === true && job.state === "queued";
  const start = () => {
    setProblem(undefined);
    api.startVerification(plugin.id, plugin.version, DEFAULT_LEVEL).then(setStarted, (thrown: unknown) => setProblem(Problem.from(thrown)));
  };
  return (
    <div className="verify">
      {waiting && <p className="quiet">The registry will verify it when there is nothing else to do.</p>}
      {job && !ended && !waiting ? (
        <div aria-live="polite">
          <Progress value={job.progress} label="Verification" />
          <p className="quiet">
            {job.message || "Waiting for a runner"} · <Link to={`/jobs/${job.id}`}>log</Link>
          </p>
        </div>
      ) : (
        <button type="button" className="button" disabled={!mayRun} onClick={start}>
          Verify levels 1 and 2 now
        </button>
      )}
      {ended && watched.job?.state === "failed" && <p className="field-issue">{watched.job.problem?.detail ?? watched.job.message}</p>}
      {problem && <ProblemNotice problem={problem} />}
      <SignInHint action="verify" />
    </div>
  );
}

function ofVersion(job: Job, version: string): boolean {
  const { plugins } = job.spec as { plugins?: { version?: string }[] };
  return plugins?.some((one) => one.version === version) ?? false;
}
