import { useRef, type ReactNode } from "react";
import { useAction } from "../../api/action";
import { writeResults, type ResultsState } from "../../results/query";
import { download } from "../../ui/download";
import { ProblemNotice } from "../../ui/Notice";
import { CopyButton } from "../../ui/controls";

interface Props {
  readonly id: string;
  readonly title: string;
  /** What the figures say. */
  readonly answer: ReactNode;
  /** What was measured, and where. */
  readonly notes: readonly ReactNode[];
  readonly state: ResultsState;
  readonly children: ReactNode;
  csv(): string;
  png(section: HTMLElement): Promise<Blob>;
}

/** A part of the page with its files and a link that leads back to it as it is. */
export function Section({ id, title, answer, notes, state, children, csv, png }: Props) {
  const section = useRef<HTMLElement>(null);
  const save = useAction(async () => download(`layerzoo-${id}.png`, await png(section.current!)));
  return (
    <section className="result-section" aria-labelledby={id} ref={section}>
      <div className="report-head">
        <div>
          <h2 id={id}>{title}</h2>
          <p className="report-sentence">{answer}</p>
          {notes.map((note, i) => (
            <p key={i} className="quiet">
              {note}
            </p>
          ))}
        </div>
        <div className="report-tools">
          <button type="button" className="button small" onClick={() => download(`layerzoo-${id}.csv`, csv(), "text/csv")}>
            Save CSV
          </button>
          <button type="button" className="button small" disabled={save.busy} onClick={() => void save.run()}>
            Save PNG
          </button>
          <CopyButton text={`${location.origin}/results?${writeResults(state)}#${id}`} label="Copy link" />
        </div>
      </div>
      {save.problem && <ProblemNotice problem={save.problem} />}
      {children}
    </section>
  );
}

/** Mixers without a figure: what was refused, with the reason, and what was declared and is still to be run. */
export function Missing({ refused, open, command }: { refused: readonly (readonly [name: string, reason: string])[]; open: readonly string[]; command: string }) {
  if (refused.length + open.length === 0) return null;
  const names = [...new Set(open)];
  return (
    <details className="checks">
      <summary>{[refused.length > 0 ? `${refused.length} refused` : "", open.length > 0 ? `${open.length} not run yet` : ""].filter(Boolean).join(", ")}</summary>
      <ul>
        {refused.map(([name, reason]) => (
          <li key={name}>
            <span>{name}</span>
            <span className="check-detail">refused: {reason}</span>
          </li>
        ))}
        {open.length > 0 && (
          <li>
            <span>
              Declared and not run yet: {open.length} of {names.join(", ")}
            </span>
            <span className="check-detail">
              <code>{command} --resume</code> runs them.
            </span>
          </li>
        )}
      </ul>
    </details>
  );
}
