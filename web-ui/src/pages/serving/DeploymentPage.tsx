import { Link, useParams } from "react-router";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Deployment } from "../../api/types";
import { count, duration, moment, significant, words } from "../../format/units";
import { mayChange } from "../../session/ownership";
import { useSession } from "../../session/session";
import { ConfirmButton, OwnerHint, ScopeHint, useRefresh } from "../../ui/actions";
import { CopyButton, Panel, Scroll } from "../../ui/controls";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { curl } from "./curl";
import { metricsOf } from "./metrics";
import { DeploymentMark } from "./ServingPage";

const REFRESH_MS = 2000;

export function DeploymentPage() {
  const { name = "" } = useParams();
  useTitle(name);
  const { data, problem, reload } = useResource(`deployment ${name}`, (signal) => api.deployment(name, signal));
  const gone = problem?.status === 404 && data !== undefined;
  useRefresh(data !== undefined && !gone, reload, REFRESH_MS);
  if (data && !gone) return <Page deployment={data} reload={reload} />;
  return (
    <div className="page">
      {gone ? (
        <header className="page-head">
          <h1>{name} is gone</h1>
          <p className="lead">Its process has ended, and the name is free.</p>
        </header>
      ) : problem ? (
        <ProblemNotice page problem={problem} retry={reload} />
      ) : (
        <Skeleton lines={6} label="Loading the deployment" />
      )}
      <p>
        <Link to="/serving">All deployments</Link>
      </p>
    </div>
  );
}

function Page({ deployment, reload }: { deployment: Deployment; reload(): void }) {
  const { session } = useSession();
  const undeploy = useAction(async () => {
    await api.undeploy(deployment.name);
    reload();
  });
  return (
    <div className="page">
      <header className="title-row">
        <div className="page-head">
          <h1>{deployment.name}</h1>
          <p className="facts-line">
            <DeploymentMark state={deployment.state} />
            <span>
              <Link to={`/plugins/${deployment.plugin.split("/")[0]}`}>{deployment.plugin}</Link> <span className="quiet tabular">{deployment.version}</span>
            </span>
            {deployment.reason && <span className="quiet">{deployment.reason}</span>}
          </p>
        </div>
        {mayChange(session, deployment.owner) && deployment.state !== "stopping" && <ConfirmButton label="Undeploy" question="Stop serving it?" disabled={undeploy.busy} onConfirm={() => void undeploy.run()} />}
      </header>
      {undeploy.problem && <ProblemNotice problem={undeploy.problem} />}
      {!mayChange(session, deployment.owner) && <ScopeHint scope="run" action="undeploy it" />}
      <OwnerHint owner={deployment.owner} action="change or undeploy it" />
      <Call deployment={deployment} />
      <div className="two-columns">
        <div className="stack">
          <Metrics deployment={deployment} />
          <Ports deployment={deployment} />
        </div>
        <Facts deployment={deployment} />
      </div>
    </div>
  );
}

function Call({ deployment }: { deployment: Deployment }) {
  const command = curl(location.origin, deployment);
  return (
    <Panel title="Call it" id="call" aside={<CopyButton text={command} label="Copy" />}>
      <pre className="code-block" tabIndex={0} aria-label="A command that calls the deployment">
        <code>{command}</code>
      </pre>
    </Panel>
  );
}

function Metrics({ deployment }: { deployment: Deployment }) {
  const { data, problem, reload } = useResource(`metrics ${deployment.name}`, async (signal) => metricsOf(deployment.name, await api.metrics(signal)));
  useRefresh(deployment.state === "ready", reload, REFRESH_MS);
  return (
    <Panel title="Requests" id="metrics">
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      {data && data.requests === 0 && <p className="quiet">Nobody has asked yet since the service was started.</p>}
      {data && data.requests > 0 && (
        <dl className="figures">
          <Figure name="Answered" value={count(data.requests)} />
          {data.meanMs !== undefined && <Figure name="Mean time" value={duration(data.meanMs)} />}
          {data.rows !== undefined && <Figure name="Rows a batch" value={significant(data.rows)} />}
          {data.waiting !== undefined && <Figure name="Waiting" value={count(data.waiting)} />}
          {data.outcomes.map(([outcome, number]) => (
            <Figure key={outcome} name={words(outcome)} value={count(number)} />
          ))}
        </dl>
      )}
    </Panel>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}

function Facts({ deployment }: { deployment: Deployment }) {
  const { request, model } = deployment;
  const facts: readonly (readonly [string, string])[] = [
    ["Owner", deployment.owner || "nobody is known"],
    ["Runner", deployment.runner || "none yet"],
    ["Backend", String((model?.backend as string | undefined) ?? request.backend ?? "auto")],
    ["Type", request.dtype ?? "f32"],
    ["Weights", request.weights ?? "random, by seed"],
    ["Open to", request.access === "token" ? "tokens with the scope run" : "everyone"],
    ["Restarts", String(deployment.restarts)],
    ["Ready since", deployment.readyAt ? moment(deployment.readyAt) : "not ready"],
    ["Most rows a batch", String(request.limits?.maxBatch ?? 32)],
  ];
  return (
    <Panel title="Facts" id="facts">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="break">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

interface PortOf {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

function Ports({ deployment }: { deployment: Deployment }) {
  const inputs = (deployment.model?.inputs ?? []) as readonly PortOf[];
  const outputs = (deployment.model?.outputs ?? []) as readonly PortOf[];
  if (inputs.length === 0) return null;
  const rows = [...inputs.map((port) => ["in", port] as const), ...outputs.map((port) => ["out", port] as const)];
  return (
    <Panel title="Tensors" id="tensors">
      <Scroll label="Table of tensors">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Type</th>
              <th scope="col">Shape</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([side, port]) => (
              <tr key={`${side} ${port.name}`}>
                <th scope="row">
                  <span className="port-side">{side}</span> <code>{port.name}</code>
                </th>
                <td>{port.datatype}</td>
                <td className="tabular">{port.shape.map((size) => (size < 0 ? "any" : size)).join(" × ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
