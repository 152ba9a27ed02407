import { Link } from "react-router";
import type { Problem } from "../../api/problem";
import type { Recommendation } from "../../api/types";
import { ofSpec } from "../../bench/spec";
import { count, shortTitle } from "../../format/units";
import { useSession } from "../../session/session";
import { ProblemNotice } from "../../ui/Notice";
import { Panel, SignInHint } from "../../ui/controls";
import type { Ended } from "./Measuring";

interface Props {
  readonly recommendation: Recommendation;
  /** How the benchmarks ended that were begun from this page. */
  readonly ended: Ended | undefined;
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  onMeasure(ids: readonly string[]): void;
}

/** What has no place in the ranking, why, and the way to get it there. */
export function Unmeasured({ recommendation: { notMeasured, ranking }, ended, busy, problem, onMeasure }: Props) {
  const { mayRun } = useSession();
  const open = notMeasured.filter((entry) => !entry.refused).map((entry) => entry.id);
  const bad = ended?.jobs.filter((job) => job.state !== "succeeded") ?? [];
  if (notMeasured.length === 0) {
    return ranking.length === 0 ? null : <p className="quiet unmeasured">Every mixer that was asked for is in the ranking.</p>;
  }
  return (
    <Panel
      title={`Not measured: ${count(notMeasured.length)}`}
      id="not-measured"
      aside={
        <button type="button" className="button primary" disabled={!mayRun || busy || open.length === 0} onClick={() => onMeasure(open)}>
          {busy ? "Measuring" : "Measure what is missing"}
        </button>
      }
    >
      {problem && <ProblemNotice problem={problem} />}
      {bad.length > 0 && (
        <div className="notice" data-tone="warn" role="alert">
          <p className="notice-title">{bad.some((job) => job.state === "failed") ? "Not everything could be measured" : "The measurement was cancelled"}</p>
          <ul>
            {bad.map((job) => (
              <li key={job.id}>
                {ofSpec(job.spec).plugins.join(", ")}: {job.problem?.detail || job.problem?.title || job.message || job.state} <Link to={`/jobs/${job.id}`}>Its log</Link>
              </li>
            ))}
          </ul>
        </div>
      )}
      <SignInHint action="measure what is missing" />
      {open.length === 0 && <p className="field-help">All of these were tried on this machine and refused; a refusal is not tried again here.</p>}
      <ul className="unmeasured">
        {notMeasured.map((entry) => (
          <li key={entry.id} data-refused={entry.refused || undefined}>
            <span className={entry.refused ? "refused-mark" : "tag"}>{entry.refused ? "refused" : "missing"}</span>
            <Link to={`/plugins/${encodeURIComponent(entry.id)}`} title={entry.title}>
              {shortTitle(entry.title, entry.id)}
            </Link>
            <span className="quiet">{entry.reason}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
