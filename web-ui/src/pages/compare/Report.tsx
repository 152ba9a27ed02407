import { useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import { Problem } from "../../api/problem";
import type { BenchmarkReport, Job } from "../../api/types";
import { reportCsv } from "../../bench/csv";
import { linesOf } from "../../bench/lines";
import { machineLine } from "../../bench/machine";
import { answerOf, seriesOf } from "../../bench/report";
import { bytes, count, duration, moment, times } from "../../format/units";
import { LogLogPlot } from "../../plot/LogLogPlot";
import { plotsPng } from "../../plot/png";
import { download } from "../../ui/download";
import { ProblemNotice } from "../../ui/Notice";
import { CopyButton } from "../../ui/controls";
import { ResultTable } from "./ResultTable";

const PLOT_HEIGHT = 320;

export function Report({ job, report, sort, onSort }: { job: Job; report: BenchmarkReport; sort: string; onSort(sort: string): void }) {
  const { titles } = useCatalogue();
  const plots = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<Problem | undefined>();
  const series = useMemo(() => seriesOf(report, titles), [report, titles]);
  const time = useMemo(() => linesOf(series, report, "time"), [series, report]);
  const memory = useMemo(() => linesOf(series, report, "memory"), [series, report]);
  const answer = answerOf(series);
  const machine = machineLine(report.environment);
  const setting = settingLine(report);
  const name = `layerzoo-${[...new Set(report.results.map((row) => row.id))].join("-").slice(0, 80)}`;

  const savePng = async () => {
    setProblem(undefined);
    try {
      const figures = [...(plots.current?.querySelectorAll<HTMLElement>("figure.plot") ?? [])];
      download(`${name}.png`, await plotsPng(figures, [setting, machine, `LayerZoo, job ${job.id}`]));
    } catch (thrown) {
      setProblem(Problem.from(thrown));
    }
  };

  return (
    <>
      <div className="report-head">
        <div>
          {answer && (
            <p className="report-sentence">
              At length <b className="tabular">{count(answer.length)}</b>, {answer.winner.label} is <em className="tabular">{times(answer.factor)}× faster</em> than {answer.baseline.label}.
            </p>
          )}
          <p className="quiet">
            {setting}
            <br />
            {machine}
            {job.finishedAt && `, ${moment(job.finishedAt)}`}
          </p>
        </div>
        <div className="report-tools">
          <button type="button" className="button small" onClick={() => download(`${name}.csv`, reportCsv(report), "text/csv")}>
            Save CSV
          </button>
          <button type="button" className="button small" onClick={() => void savePng()}>
            Save PNG
          </button>
          <CopyButton text={location.href} label="Copy link" />
          <Link className="button small" to={`/jobs/${job.id}`}>
            Log
          </Link>
        </div>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      <div className="report-plots" ref={plots}>
        <LogLogPlot title="Time" lines={time} yLabel="median time" yTicks="decimal" height={PLOT_HEIGHT} format={duration} />
        <LogLogPlot title="Memory" lines={memory} yLabel="peak bytes of tensors" yTicks="binary" height={PLOT_HEIGHT} format={bytes} />
      </div>
      <ResultTable series={series} sort={sort} onSort={onSort} />
    </>
  );
}

function settingLine({ results }: BenchmarkReport): string {
  const row = results[0];
  if (!row) return "";
  return `${row.pass}, ${row.unit}, ${row.dtype}, batch ${row.batch}, width ${row.dim}, ${row.heads} heads`;
}
