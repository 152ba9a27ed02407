import { useEffect, useMemo } from "react";
import { Link } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import { benchmarks } from "../../api/client";
import { useResource } from "../../api/resource";
import type { BenchmarkReport, Job } from "../../api/types";
import { finished, useJob } from "../../api/watch";
import { linesOf } from "../../bench/lines";
import { answerOf, lawOf, seriesOf, type Answer } from "../../bench/report";
import { ago, count, duration, exponent, times } from "../../format/units";
import { LogLogPlot } from "../../plot/LogLogPlot";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { Progress } from "../../ui/controls";

const RECENT = 20;

/** The comparison that reaches farthest as one measured sentence; while the first one runs, how far it is. */
export function FirstAnswer() {
  const { titles } = useCatalogue();
  const { data, problem, reload } = useResource("answer", (signal) => benchmarks({ size: RECENT }, signal));
  const open = data?.items.find((job) => !finished(job));
  const watched = useJob(open?.id);
  const ended = finished(watched.job);
  useEffect(() => {
    if (ended) reload();
  }, [ended, reload]);

  const best = useMemo(() => (data ? farthestAnswer(data.items, titles) : undefined), [data, titles]);
  if (problem && !data) return <section className="answer"><ProblemNotice problem={problem} retry={reload} /></section>;
  if (!data) return <section className="answer"><Skeleton lines={4} label="Loading the newest comparison" /></section>;
  const running = open && !ended ? (watched.job ?? open) : undefined;
  if (best) return <Measured {...best} running={running} />;
  return running ? <Running job={running} /> : <Unmeasured last={data.items[0]} />;
}

interface Best {
  readonly job: Job;
  readonly report: BenchmarkReport;
  readonly answer: Answer;
}

/** A quick look at short lengths must not push the real answer off the page; of equally long ones the newest (they come first) holds. */
function farthestAnswer(jobs: readonly Job[], titles: ReadonlyMap<string, string>): Best | undefined {
  let best: Best | undefined;
  for (const job of jobs) {
    if (job.state !== "succeeded" || !job.result) continue;
    const report = job.result as unknown as BenchmarkReport;
    const answer = answerOf(seriesOf(report, titles));
    if (answer && answer.length > (best?.answer.length ?? 0)) best = { job, report, answer };
  }
  return best;
}

function Measured({ job, report, answer, running }: Best & { running: Job | undefined }) {
  const { titles } = useCatalogue();
  const series = useMemo(() => seriesOf(report, titles), [report, titles]);
  const lines = useMemo(() => linesOf(series, report, "time"), [series, report]);
  const row = answer.winner.rows.find((r) => r.length === answer.length)!;
  const fast = lawOf(answer.winner, report, "time");
  const slow = lawOf(answer.baseline, report, "time");
  return (
    <section className="answer" aria-label="Measured answer">
      <div className="answer-text">
        <p className="answer-sentence">
          At length <b className="tabular">{count(answer.length)}</b> on {machine(report)}, {answer.winner.label} is{" "}
          <em className="tabular">{times(answer.factor)}× faster</em> than {baselineName(answer)}.
        </p>
        <p className="answer-more">
          {answer.crossover !== undefined && answer.crossover > Math.min(...answer.winner.rows.map((r) => r.length)) && `It is ahead from ${count(answer.crossover)} tokens on. `}
          {fast && slow && (
            <>
              Its time grows as n<sup className="tabular">{exponent(fast.exponent)}</sup>, against n<sup className="tabular">{exponent(slow.exponent)}</sup>.
            </>
          )}
        </p>
        <dl className="answer-facts">
          <Fact name="Machine" value={[report.environment.cpu, report.environment.threads ? `${report.environment.threads} threads` : ""].filter(Boolean).join(", ")} />
          <Fact name="Setting" value={`${row.pass}, ${row.unit}, ${row.dtype}, width ${row.dim}, ${row.heads} heads, batch ${row.batch}`} />
          <Fact name="Figure" value={`median of ${row.runs ?? "several"} runs, ${ago(job.finishedAt ?? job.createdAt, Date.now())}`} />
        </dl>
        <p className="answer-links">
          <Link className="button primary" to={`/compare?job=${job.id}`}>
            Open this comparison
          </Link>
          {running && (
            <Link className="answer-running" to={`/compare?job=${running.id}`}>
              Another one is running: <span className="tabular">{Math.round(running.progress * 100)}%</span>
            </Link>
          )}
        </p>
      </div>
      <LogLogPlot title="Time against length" lines={lines} yLabel="median time" yTicks="decimal" height={280} format={duration} />
    </section>
  );
}

function machine(report: BenchmarkReport): string {
  const { backend, device } = report.environment;
  const gpu = /cuda|oneapi|level-zero|opencl/.test(backend ?? "");
  return gpu && device ? device : "this CPU";
}

function baselineName({ baseline }: Answer): string {
  return baseline.id === "flash-attention-2" ? `softmax attention (${baseline.label})` : baseline.label;
}

function Fact({ name, value }: { name: string; value: string }) {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Running({ job }: { job: Job }) {
  return (
    <section className="answer answer-single" aria-label="First comparison">
      <div className="answer-text">
        <p className="answer-sentence">The first comparison is being measured on this machine.</p>
        <div aria-live="polite">
          <Progress value={job.progress} label="First comparison" />
          <p className="quiet tabular">
            {job.state === "queued" ? "Waiting for a runner" : [`${Math.round(job.progress * 100)}%`, job.message].filter(Boolean).join(" · ")}
          </p>
        </div>
        <p className="answer-links">
          <Link className="button" to={`/jobs/${job.id}`}>
            Watch its log
          </Link>
        </p>
      </div>
    </section>
  );
}

function Unmeasured({ last }: { last: Job | undefined }) {
  return (
    <section className="answer answer-single" aria-label="First comparison">
      <div className="answer-text">
        <p className="answer-sentence">Which mechanism is fastest here, and from which length on?</p>
        <p className="answer-more">
          {last?.state === "failed" ? (
            <>
              The last comparison failed: {last.problem?.detail || last.problem?.title || last.message}. <Link to={`/jobs/${last.id}`}>Its log</Link> says more.
            </>
          ) : (
            "Nothing has been measured on this machine yet."
          )}
        </p>
        <p className="answer-links">
          <Link className="button primary" to="/compare?plugins=flash-attention-2,deltanet,mamba&lengths=512,1024,2048,4096">
            Compare softmax, delta rule and Mamba
          </Link>
        </p>
      </div>
    </section>
  );
}
