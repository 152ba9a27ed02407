import { useEffect } from "react";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import { capital } from "../../format/units";
import { readResults, writeResults } from "../../results/query";
import { Loaded } from "../../ui/actions";
import { Segments } from "../../ui/controls";
import { useAddress } from "../../ui/address";
import { useTitle } from "../../ui/title";
import { Claims } from "./Claims";
import { Recall } from "./Recall";
import { Scaling } from "./Scaling";

/** What the project has measured of its mixers and of the papers' claims. What is chosen stands in the address, so a link restores it. */
export function ResultsPage() {
  useTitle("Results");
  const [state, change] = useAddress(readResults, writeResults);
  const recall = useResource("study recall", (signal) => api.mixerStudy("recall", signal));
  const scaling = useResource("study scaling", (signal) => api.mixerStudy("scaling", signal));
  const claims = useResource("study claims", api.claimsStudy);
  const settled = [recall, scaling, claims].every(({ data, problem }) => data !== undefined || problem !== undefined);
  // What the link names has its place only when all above it has come.
  useEffect(() => {
    if (settled && location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [settled]);
  const [, ...groups] = recall.data?.plan.groups ?? scaling.data?.plan.groups ?? [];
  const onMixer = (mixer: string) => change({ ...state, mixer });
  return (
    <div className="page results-page">
      <header className="page-head">
        <h1>Results</h1>
        <p className="lead">Which mixer recalls best at what cost, and which of the papers’ claims hold: declared experiments, each with the machine and the day.</p>
      </header>
      {groups.length > 0 && (
        <div className="result-groups">
          <Segments label="Mixers in the plots" value={state.group} choices={[["", "All mixers"], ...groups.map((group) => [group, capital(group)] as const)]} onChange={(group) => change({ ...state, group })} />
        </div>
      )}
      <Loaded resource={recall} label="Loading recall" lines={8}>
        {(study) => <Recall study={study} state={state} onMixer={onMixer} />}
      </Loaded>
      <Loaded resource={scaling} label="Loading times" lines={8}>
        {(study) => <Scaling study={study} state={state} onMixer={onMixer} />}
      </Loaded>
      <Loaded resource={claims} label="Loading claims" lines={8}>
        {(study) => <Claims study={study} state={state} onChange={change} />}
      </Loaded>
    </div>
  );
}
