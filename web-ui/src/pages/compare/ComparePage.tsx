import { useEffect, useState } from "react";
import { useCatalogue } from "../../api/catalogue";
import * as api from "../../api/client";
import { Problem } from "../../api/problem";
import { useJob } from "../../api/watch";
import { readCompare, writeCompare, type CompareState } from "../../bench/query";
import { ofSpec } from "../../bench/spec";
import { useAddress } from "../../ui/address";
import { useTitle } from "../../ui/title";
import { ComparisonForm } from "./ComparisonForm";
import { ComparisonJob } from "./ComparisonJob";
import { Recent } from "./Recent";

/** Form, progress and result of one comparison. All of it stands in the address, so a link restores it. */
export function ComparePage() {
  useTitle("Compare");
  const [state, change] = useAddress(readCompare, writeCompare);
  const { data: plugins } = useCatalogue();
  const watched = useJob(state.job);
  const [problem, setProblem] = useState<Problem | undefined>();
  const [starting, setStarting] = useState(false);

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
      change({ ...request, job: job.id }, { visit: true });
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
