import { useEffect, useState } from "react";
import type { Problem } from "../../api/problem";
import type { PluginSummary } from "../../api/types";
import { DTYPES, LIMITS, parseLengths, PASSES, UNITS, type CompareState } from "../../bench/query";
import { words } from "../../format/units";
import { useSession } from "../../session/session";
import { ProblemNotice } from "../../ui/Notice";
import { Segments, SignInHint } from "../../ui/controls";
import { Labelled, WholeField } from "../../ui/fields";
import { Chooser } from "./Chooser";

interface Props {
  readonly state: CompareState;
  readonly plugins: readonly PluginSummary[] | undefined;
  readonly starting: boolean;
  readonly problem: Problem | undefined;
  onChange(state: CompareState): void;
  onRun(state: CompareState): void;
}

export function ComparisonForm({ state, plugins, starting, problem, onChange, onRun }: Props) {
  const { mayRun } = useSession();
  const [typed, setTyped] = useState(state.lengths.join(", "));
  const joined = state.lengths.join(", ");
  useEffect(() => setTyped(joined), [joined]);
  const lengths = parseLengths(typed);
  const missing = state.plugins.length === 0;
  const backends = [...new Set(["auto", state.backend, ...(plugins ?? []).flatMap((plugin) => plugin.backends)])];
  const valid = !missing && lengths.message === undefined;
  return (
    <form
      className="compare-form panel"
      aria-label="What to measure"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid && mayRun && lengths.lengths) onRun({ ...state, lengths: lengths.lengths });
      }}
    >
      <Chooser plugins={plugins} chosen={state.plugins} onChange={(ids) => onChange({ ...state, plugins: ids })} />
      <div className="field" data-invalid={lengths.message !== undefined || undefined}>
        <label htmlFor="lengths">Lengths</label>
        <input id="lengths" className="input tabular" autoComplete="off" aria-describedby="lengths-issue" aria-invalid={lengths.message !== undefined} value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={() => lengths.lengths && onChange({ ...state, lengths: lengths.lengths })} />
        <p id="lengths-issue" className="field-issue" aria-live="polite">
          {lengths.message}
        </p>
      </div>
      <Labelled name="Pass">
        <Segments label="Pass" value={state.pass} choices={PASSES.map((pass) => [pass, words(pass)] as const)} onChange={(pass) => onChange({ ...state, pass })} />
      </Labelled>
      <Labelled name="Unit" help={state.unit === "core" ? "The mixing alone." : "With the projections around it."}>
        <Segments label="Unit" value={state.unit} choices={UNITS.map((unit) => [unit, words(unit)] as const)} onChange={(unit) => onChange({ ...state, unit })} />
      </Labelled>
      <details className="more" open={state.dtype !== "f32" || state.backend !== "auto" || state.dim !== 512 || state.heads !== 8 || state.batch !== 1}>
        <summary>Backend, type and sizes</summary>
        <div className="more-grid">
          <label className="field">
            <span className="field-label">Backend</span>
            <select className="input" value={state.backend} onChange={(event) => onChange({ ...state, backend: event.target.value })}>
              {backends.map((backend) => (
                <option key={backend}>{backend}</option>
              ))}
            </select>
          </label>
          <label className="field">
            <span className="field-label">Type</span>
            <select className="input" value={state.dtype} onChange={(event) => onChange({ ...state, dtype: event.target.value as CompareState["dtype"] })}>
              {DTYPES.map((dtype) => (
                <option key={dtype}>{dtype}</option>
              ))}
            </select>
          </label>
          <WholeField name="Width" value={state.dim} max={LIMITS.dim} onChange={(dim) => onChange({ ...state, dim })} />
          <WholeField name="Heads" value={state.heads} max={LIMITS.heads} onChange={(heads) => onChange({ ...state, heads })} />
          <WholeField name="Batch" value={state.batch} max={LIMITS.batch} onChange={(batch) => onChange({ ...state, batch })} />
        </div>
      </details>
      <button type="submit" className="button primary wide" disabled={!valid || !mayRun || starting}>
        {starting ? "Starting" : "Measure"}
      </button>
      {missing && <p className="field-help">Choose at least one mechanism.</p>}
      {problem && <ProblemNotice problem={problem} />}
      <SignInHint action="measure" />
    </form>
  );
}
