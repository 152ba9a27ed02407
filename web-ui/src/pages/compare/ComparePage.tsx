import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useCatalogue } from "../../api/catalogue";
import * as api from "../../api/client";
import { Problem } from "../../api/problem";
import { useJob } from "../../api/watch";
import { readCompare, writeCompare, type CompareState } from "../../bench/query";
import { ofSpec } from "../../bench/spec";
import { useTitle } from "../../ui/title";
import { ComparisonForm } from "./ComparisonForm";
import { ComparisonJob } from "./ComparisonJob";
import { Recent } from "./Recent";

/** Form, progress and result of one comparison. All of it stands in the address, so a link restores it. */
export function ComparePage() {
  useTitle("Compare");
  const [params, setParams] = useSearchParams();
  const state = readCompare(params);
  const { data: plugins } = useCatalogue();
  const watched = useJob(state.job);
  const [problem, setProblem] = useState<Problem | undefined>();
  const [starting, setStarting] = useState(false);
  const change = (next: CompareState) => setParams(writeCompare(next), { replace: true, preventScrollReset: true });

  // A link may name the job alone: its specification then fills the form.
  const spec = watched.job?.id === state.job ? watched.job?.spec : undefined;
  const bare = state.job !== undefined && state.plugins.length === 0;
  useEffect(() => {
    if (bare && spec) change({ ...ofSpec(spec), job: state.job, sort: state.sort });
  }, [bare, spec]);

  const run = async (request: CompareState) => {
    setStarting(true);
    setProblem(undefined);
    try {
      const { plugins: ids, lengths, pass, unit, backend, dtype, dim, heads, batch } = request;
      const job = await api.startBenchmark({ plugins: ids.map((id) => ({ id, version: "latest" })), lengths: [...lengths], pass, unit, backend, dtype, dim, heads, batch });
      // A new entry of the history: back leads to the comparison before.
      setParams(writeCompare({ ...request, job: job.id }), { preventScrollReset: true });
    } catch (thrown) {
      setProblem(Problem.from(thrown));
    } finally {
      setStarting(false);
    }
  };

  return (
    <div className="page compare-page">
      <header className="page-head">
        <h1>Compare</h1>
        <p className="lead">Measures mechanisms side by side on this machine, at growing length.</p>
      </header>
      <div className="compare-columns" data-job={state.job}>
        <ComparisonForm state={state} plugins={plugins} starting={starting} problem={problem} onChange={change} onRun={(request) => void run(request)} />
        <div className="compare-result">
          {state.job === undefined ? <Recent /> : <ComparisonJob watched={watched} sort={state.sort} onSort={(sort) => change({ ...state, sort })} />}
        </div>
      </div>
    </div>
  );
}
