import { useEffect, useState } from "react";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import type { Plugin, Provider } from "../../api/types";
import { finished, useJob } from "../../api/watch";
import { changes } from "../../form/command";
import type { Json, Schema } from "../../form/schema";
import { validate } from "../../form/validate";
import { HeatMap } from "../../heat/HeatMap";
import type { HeatScale } from "../../heat/scale";
import { Panel, Progress, Segments, SignInHint } from "../../ui/controls";
import { Empty, ProblemNotice, Skeleton } from "../../ui/Notice";

const LENGTHS = [8, 16, 32, 48, 64, 96, 128, 192, 256];
const SETTLE_MS = 250;

interface Props {
  readonly plugin: Plugin;
  readonly provider: Provider;
  readonly schema: Schema;
  readonly defaults: Json;
  readonly config: Json;
}

/** The mixing matrix, computed as length, seed and configuration change. */
export function MatrixPanel({ plugin, provider, schema, defaults, config }: Props) {
  const [length, setLength] = useState(64);
  const [seed, setSeed] = useState(0);
  const [scale, setScale] = useState<HeatScale>("linear");
  if (!provider.matrix) {
    return (
      <Panel title="Mixing matrix" id="matrix">
        <p className="quiet">This provider mixes no tokens along one axis, so it has no mixing matrix.</p>
      </Panel>
    );
  }
  const own = changes(defaults, config).length > 0;
  const invalid = own && validate(schema, config).length > 0;
  const at = { id: plugin.id, version: plugin.version, provider: provider.name, length, seed, ...(own ? { config: JSON.stringify(config) } : {}) };
  return (
    <Panel title="Mixing matrix" id="matrix" aside={<Segments<HeatScale> label="Colour scale" value={scale} choices={[["linear", "Linear"], ["log", "Log"]]} onChange={setScale} />}>
      <div className="matrix">
        <div className="matrix-controls">
          <label className="field">
            <span className="field-label">
              Length <output className="tabular">{length}</output>
            </span>
            <input type="range" min={0} max={LENGTHS.length - 1} step={1} value={LENGTHS.indexOf(length)} aria-valuetext={`${length} tokens`} onChange={(event) => setLength(LENGTHS[Number(event.target.value)]!)} />
          </label>
          <label className="field">
            <span className="field-label">Seed of weights and input</span>
            <input className="input tabular" type="number" min={0} max={2 ** 31} step={1} value={seed} onChange={(event) => setSeed(Math.max(0, Math.trunc(Number(event.target.value)) || 0))} />
          </label>
          <p className="field-help">{own ? "With the configuration below." : "With the default configuration. Change it below, and the matrix follows."}</p>
        </div>
        <div className="matrix-view">{invalid ? <Empty title="The configuration is not valid yet" /> : <Live at={at} scale={scale} />}</div>
      </div>
    </Panel>
  );
}

type At = Parameters<typeof api.matrix>[0];

function Live({ at, scale }: { at: At; scale: HeatScale }) {
  const settled = useSettled(at);
  const { data, problem, reload } = useResource(`matrix ${JSON.stringify(settled)}`, (signal) => api.matrix(settled, signal));
  const watched = useJob(data && "job" in data ? data.job.id : undefined);
  const ended = finished(watched.job) ? watched.job : undefined;
  useEffect(() => {
    if (ended?.state === "succeeded") reload();
  }, [ended?.id, ended?.state, reload]);

  if (problem?.code === "matrix-not-stored") {
    return (
      <Empty title="Not computed yet">
        <p>Nobody has computed the matrix of this length and seed.</p>
        <SignInHint action="compute it" />
      </Empty>
    );
  }
  if (problem) return <ProblemNotice problem={problem} retry={reload} />;
  if (!data) return <Skeleton lines={6} label="Computing the matrix" />;
  if ("matrix" in data) {
    const meaning = data.matrix.kind === "weights" ? "The weight that output i gives to input j" : "The size of the derivative of output i by input j";
    return (
      <>
        <HeatMap rows={data.matrix.rows} scale={scale} label={meaning} />
        <p className="field-help">
          {meaning}, at {data.matrix.length} tokens, seed {data.matrix.seed}.
        </p>
      </>
    );
  }
  if (ended?.problem) return <Empty title={ended.problem.title}><p>{ended.problem.detail}</p></Empty>;
  if (ended?.state === "cancelled") {
    return (
      <Empty title="The computation was cancelled">
        <button type="button" className="button small" onClick={reload}>
          Compute it again
        </button>
      </Empty>
    );
  }
  const job = watched.job ?? data.job;
  return (
    <div aria-live="polite">
      <Progress value={job.progress} label="Matrix" />
      <p className="quiet">{job.message || "Waiting for a runner"}</p>
    </div>
  );
}

/** The value after it has rested, so that dragging a slider asks once. */
function useSettled<T>(value: T): T {
  const key = JSON.stringify(value);
  const [held, setHeld] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(value), SETTLE_MS);
    return () => clearTimeout(timer);
    // The key stands for the value.
  }, [key]);
  return held;
}
