import { Fragment, type ReactNode } from "react";
import { marker, type Style } from "./marker";

export interface LegendEntry {
  readonly key: string;
  readonly label: string;
  readonly style: Style;
  readonly note?: ReactNode;
  /** A heading above the first entry of each group. */
  readonly group?: string;
}

export function Swatch({ style }: { style: Style }) {
  return (
    <svg className="swatch" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
      <path d={marker(style.mark)} fill={style.colour} />
    </svg>
  );
}

/** Names with their markers; a press on one lets the others fade. */
export function Legend({ entries, only, onOnly }: { entries: readonly LegendEntry[]; only: string | undefined; onOnly(key: string | undefined): void }) {
  return (
    <ul className="plot-legend">
      {entries.map((entry, i) => (
        <Fragment key={entry.key}>
          {entry.group !== undefined && entry.group !== entries[i - 1]?.group && <li className="plot-group">{entry.group}</li>}
          <li>
            <button type="button" className="plot-key" aria-pressed={only === entry.key} onClick={() => onOnly(only === entry.key ? undefined : entry.key)}>
              <Swatch style={entry.style} />
              <span>{entry.label}</span>
              {entry.note}
            </button>
          </li>
        </Fragment>
      ))}
    </ul>
  );
}
