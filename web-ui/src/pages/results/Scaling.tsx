import { useMemo } from "react";
import type { MixerStudy } from "../../api/types";
import { count, duration, exponent } from "../../format/units";
import { LogLogPlot } from "../../plot/LogLogPlot";
import { plotsPng } from "../../plot/png";
import { scalingCsv } from "../../results/csv";
import type { ResultsState } from "../../results/query";
import { crossingText, mixersOf, ofGroup, originOf, pluginOf, refusalOf, scalingAnswer, scalingLines, scalingOf, type Scaling as Measured } from "../../results/studies";
import { Scroll } from "../../ui/controls";
import { MixerCell } from "./MixerCell";
import { Missing, Section } from "./Section";

const HEIGHT = 420;

/** Time against length, with the exponents of the fits and where each mixer overtakes softmax attention. */
export function Scaling({ study, state, onMixer }: { study: MixerStudy; state: ResultsState; onMixer(mixer: string): void }) {
  const mixers = useMemo(() => ofGroup(mixersOf(study), state.group), [study, state.group]);
  const scaling = useMemo(() => scalingOf(study, mixers), [study, mixers]);
  const lines = useMemo(() => scalingLines(scaling), [scaling]);
  const origin = originOf(study);
  const refused = scaling.flatMap(({ mixer, row }) => [refusalOf(row)].flatMap((reason) => (reason === undefined ? [] : [[mixer.name, reason] as const])));
  return (
    <Section
      id="scaling"
      title="Time against length"
      answer={scalingAnswer(scaling) ?? "No figure was measured yet."}
      notes={[
        study.plan.about,
        "A point is the fastest run at that length, since that is the one which other programs have disturbed least; a line is the power law fitted through them.",
        <>
          <code>{study.command}</code>, {origin}
        </>,
      ]}
      state={state}
      csv={() => scalingCsv(study, scaling)}
      png={(section) => plotsPng([...section.querySelectorAll<HTMLElement>("figure.plot")], [study.plan.about, `${study.command}, ${origin}`])}
    >
      <div className="report-plots single">
        <LogLogPlot title="Time of one layer forward" lines={lines} yLabel="fastest run" yTicks="decimal" height={HEIGHT} format={duration} only={state.mixer || undefined} onOnly={(mixer) => onMixer(mixer ?? "")} />
        <ScalingTable scaling={scaling.filter((one) => one.points.length > 0)} />
        <Missing refused={refused} open={study.notRun.map(pluginOf)} command={study.command} />
      </div>
    </Section>
  );
}

function ScalingTable({ scaling }: { scaling: readonly Measured[] }) {
  const lengths = [...new Set(scaling.flatMap((one) => one.points.map((p) => p.x)))].toSorted((a, b) => a - b);
  return (
    <Scroll label="Table of times">
      <table className="table scaling-table">
        <thead>
          <tr>
            <th scope="col">Mechanism</th>
            {lengths.map((length) => (
              <th key={length} scope="col" className="number">
                at {count(length)}
              </th>
            ))}
            <th scope="col" className="number">
              Time
            </th>
            <th scope="col" className="number">
              Memory
            </th>
            <th scope="col">Overtakes softmax</th>
          </tr>
        </thead>
        <tbody>
          {scaling.map(({ mixer, row, points, law, overtakes }) => (
            <tr key={mixer.name}>
              <MixerCell mixer={mixer} />
              {lengths.map((length) => (
                <td key={length} className="number tabular">
                  {points.filter((p) => p.x === length).map((p) => duration(p.y))[0] ?? "–"}
                </td>
              ))}
              <Exponent value={law?.exponent} />
              <Exponent value={row.memoryExponent} />
              <td className="tabular">{mixer.baseline ? "the baseline" : crossingText(overtakes) || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Exponent({ value }: { value: number | null | undefined }) {
  return (
    <td className="number tabular">
      {typeof value === "number" ? (
        <>
          n<sup>{exponent(value)}</sup>
        </>
      ) : (
        "–"
      )}
    </td>
  );
}
