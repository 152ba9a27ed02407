import type { MixerStudy, StudyRow } from "../../api/types";
import { count, percent } from "../../format/units";
import { configText, rowsOf, type Mixer } from "../../results/studies";
import { Scroll } from "../../ui/controls";
import { MixerCell } from "./MixerCell";

/** Every configuration that was trained, the best first, and of those that recall alike the one with the least state. */
export function RecallTable({ study, mixers }: { study: MixerStudy; mixers: readonly Mixer[] }) {
  const rows = mixers.flatMap((mixer) => rowsOf(study, mixer).filter((row) => typeof row.accuracy === "number").map((row) => ({ mixer, row })));
  const best = rows.toSorted((a, b) => b.row.accuracy! - a.row.accuracy! || (a.row.state ?? Infinity) - (b.row.state ?? Infinity));
  return (
    <details className="more">
      <summary>Table of {rows.length} configurations</summary>
      <Scroll label="Table of recall">
        <table className="table scaling-table">
          <thead>
            <tr>
              <th scope="col">Mechanism</th>
              <th scope="col" className="number">
                Recalled
              </th>
              <th scope="col" className="number">
                State
              </th>
              <th scope="col">Configuration</th>
              <th scope="col" className="number">
                Rate
              </th>
              <th scope="col" className="number">
                Steps
              </th>
              <th scope="col" className="number">
                Parameters
              </th>
            </tr>
          </thead>
          <tbody>
            {best.map(({ mixer, row }) => (
              <tr key={row.key}>
                <MixerCell mixer={mixer} />
                <td className="number tabular strong">{percent(row.accuracy!)}</td>
                <td className="number tabular">{stateText(row)}</td>
                <td className="wrap">{configText(row.config)}</td>
                <td className="number tabular">{row.learningRate ?? "–"}</td>
                <Whole value={row.steps} />
                <Whole value={row.parameters} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function stateText({ state, grows }: StudyRow): string {
  if (typeof state !== "number") return "no stream";
  return `${count(state)}${grows ? ", grows" : ""}`;
}

function Whole({ value }: { value: number | undefined }) {
  return <td className="number tabular">{value === undefined ? "–" : count(value)}</td>;
}
