import type { LevelState, Levels } from "../api/types";

export const LEVELS = [
  { level: "1", name: "Conforms", meaning: "Keeps everything its contract promises, and passes the paper's own checks." },
  { level: "2", name: "Faithful", meaning: "Equals the authors' code on golden vectors, outputs and gradients." },
  { level: "3", name: "Portable", meaning: "Other backends agree with the CPU, with no fallback for the hot operation." },
  { level: "4", name: "Claims", meaning: "Every claim of the paper is measured here, whether or not it holds." },
] as const;

const STATES: Readonly<Record<LevelState, string>> = {
  passed: "passed",
  failed: "failed",
  notApplicable: "does not apply",
  notRun: "not run yet",
};

export function stateOf(levels: Levels, level: string): LevelState {
  return levels[level] ?? "notRun";
}

export function stateText(state: LevelState): string {
  return STATES[state];
}

/** Four marks for the four levels; filled is passed. The words are there for those who cannot see the marks. */
export function ProofLadder({ levels, level, long = false }: { levels: Levels; level: number; long?: boolean }) {
  const text = LEVELS.map((l) => `L${l.level} ${l.name} ${stateText(stateOf(levels, l.level))}`).join(", ");
  return (
    <span className="ladder" title={text}>
      <span className="ladder-marks" aria-hidden="true">
        {LEVELS.map((l) => (
          <span key={l.level} className="ladder-mark" data-state={stateOf(levels, l.level)} />
        ))}
      </span>
      <span className="ladder-text tabular" aria-hidden="true">
        {`L${level}${long ? ` ${LEVELS[level - 1]?.name ?? "Unproven"}` : ""}`}
      </span>
      <span className="hidden">{`Proof: ${text}`}</span>
    </span>
  );
}

export function StateMark({ state }: { state: LevelState }) {
  return (
    <span className="state" data-state={state}>
      <span className="ladder-mark" data-state={state} aria-hidden="true" />
      {stateText(state)}
    </span>
  );
}
