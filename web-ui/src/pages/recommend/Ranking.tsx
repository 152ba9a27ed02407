import { useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { Problem } from "../../api/problem";
import type { RankedMixer, Recommendation } from "../../api/types";
import { machineLine } from "../../bench/machine";
import { ago, bytes, count, duration, moment, rate, shortTitle, significant, times, words } from "../../format/units";
import { BarPlot } from "../../plot/BarPlot";
import { plotsPng } from "../../plot/png";
import { rankingCsv } from "../../recommend/csv";
import { download } from "../../ui/download";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { CopyButton, Scroll } from "../../ui/controls";

const SOFTMAX = "flash-attention-2";

/** The ranking as a sentence, a plot and a table. */
export function Ranking({ recommendation }: { recommendation: Recommendation }) {
  const plot = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<Problem | undefined>();
  const { question, environment, ranking } = recommendation;
  const bars = useMemo(
    () => ranking.map((entry) => ({ key: entry.id, label: shortTitle(entry.title, entry.id), value: entry.medianMs, upper: entry.p95Ms ?? undefined, note: `${duration(entry.medianMs)}${entry.rank === 1 ? "" : `, ${factor(entry)}×`}` })),
    [ranking],
  );
  const best = ranking[0];
  if (!best) return <NothingYet recommendation={recommendation} />;

  const other = best.id === SOFTMAX ? undefined : ranking.find((entry) => entry.id === SOFTMAX);
  const against = other ?? (ranking.length > 1 ? ranking.at(-1) : undefined);
  const setting = `${question.pass}, layer, f32, batch 1, width ${question.dim}, ${question.heads} heads${question.causal ? ", causal only" : ""}`;
  const machine = machineLine(environment);
  const name = `layerzoo-recommend-${question.length}-${question.pass}${question.causal ? "-causal" : ""}`;
  const savePng = async () => {
    setProblem(undefined);
    try {
      const figures = [...(plot.current?.querySelectorAll<HTMLElement>("figure.plot") ?? [])];
      download(`${name}.png`, await plotsPng(figures, [`length ${count(question.length)}, ${setting}`, machine, "LayerZoo, stored measurements"]));
    } catch (thrown) {
      setProblem(Problem.from(thrown));
    }
  };
  return (
    <>
      <div className="report-head">
        <div>
          <p className="report-sentence">
            At length <b className="tabular">{count(question.length)}</b>, {shortTitle(best.title, best.id)} {ranking.length > 1 ? "is the fastest" : "is the only one measured"}: <em className="tabular">{duration(best.medianMs)}</em>
            {against && `, ${times(against.timesBest)}× faster than ${against === other ? `softmax attention (${shortTitle(against.title, against.id)})` : shortTitle(against.title, against.id)}`}.
          </p>
          <p className="quiet">
            {setting}
            <br />
            {machine}
          </p>
        </div>
        <div className="report-tools">
          <button type="button" className="button small" onClick={() => download(`${name}.csv`, rankingCsv(recommendation), "text/csv")}>
            Save CSV
          </button>
          <button type="button" className="button small" onClick={() => void savePng()}>
            Save PNG
          </button>
          <CopyButton text={location.href} label="Copy link" />
        </div>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      <div className="report-plots single" ref={plot}>
        <BarPlot title="Median time of one run" bars={bars} axis="median, line to p95" format={duration} />
      </div>
      <RankingTable ranking={ranking} />
    </>
  );
}

function NothingYet({ recommendation: { question, notMeasured } }: { recommendation: Recommendation }) {
  if (notMeasured.length === 0) {
    return (
      <Empty title="There is no mixer to rank">
        <p>{question.causal ? "No mixer of the catalogue runs causally." : "The catalogue holds no mixer."}</p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing was measured for this question yet">
      <p>
        No mixer has a stored figure at length {count(question.length)}, width {question.dim}, pass {question.pass} on this machine.
      </p>
    </Empty>
  );
}

function factor(entry: RankedMixer): string {
  return entry.timesBest < 10 ? entry.timesBest.toFixed(2) : significant(entry.timesBest, 2);
}

function RankingTable({ ranking }: { ranking: readonly RankedMixer[] }) {
  return (
    <Scroll label="Table of the ranking">
      <table className="table ranking-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">Rank</span>
            </th>
            <th scope="col">Mechanism</th>
            <th scope="col" className="number">
              Median
            </th>
            <th scope="col" className="number">
              × best
            </th>
            <th scope="col" className="number">
              Tokens/s
            </th>
            <th scope="col" className="number">
              Peak memory
            </th>
            <th scope="col" className="number">
              Rel. error
            </th>
            <th scope="col">Measured</th>
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {ranking.map((entry) => (
            <tr key={entry.id}>
              <td className="number tabular quiet">{entry.rank}</td>
              <th scope="row">
                <Link to={`/plugins/${encodeURIComponent(entry.id)}`} title={entry.title}>
                  {shortTitle(entry.title, entry.id)}
                </Link>{" "}
                <span className="quiet">{words(entry.family)}</span>
              </th>
              <td className="number tabular strong">{duration(entry.medianMs)}</td>
              <td className="number tabular">{factor(entry)}</td>
              <Cell value={entry.tokensPerSecond} format={rate} />
              <Cell value={entry.peakBytes} format={bytes} />
              <Cell value={entry.relError} format={(v) => significant(v, 2)} />
              <td>
                <Link to={`/compare?job=${entry.jobId}`} title={moment(entry.measuredAt)}>
                  {ago(entry.measuredAt, Date.now())}
                </Link>
              </td>
              <td className="notes">{notes(entry)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function notes(entry: RankedMixer): string {
  return [...(entry.causal ? [] : ["not causal"]), ...(entry.fallbacks ?? []).map((fallback) => `fallback ${fallback}`)].join("; ");
}

function Cell({ value, format }: { value: number | null | undefined; format(value: number): string }) {
  return <td className="number tabular">{typeof value === "number" ? format(value) : "–"}</td>;
}
