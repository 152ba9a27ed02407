import { useMemo, useState, type FormEvent } from "react";
import { Link, useNavigate } from "react-router";
import { useAction } from "../../api/action";
import { useCatalogue } from "../../api/catalogue";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Deployment } from "../../api/types";
import { ago, moment } from "../../format/units";
import { heldBy } from "../../session/ownership";
import { useSession } from "../../session/session";
import { Loaded, ScopeHint, StateMark, useRefresh, useScope } from "../../ui/actions";
import { Panel } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";

export function ServingPage() {
  useTitle("Serving");
  const all = useResource("deployments", api.deployments);
  useRefresh(all.data?.items.some(moving) ?? false, all.reload);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Serving</h1>
        <p className="lead">Layers that answer requests by the Open Inference Protocol, under the names that clients use.</p>
      </header>
      <div className="two-columns">
        <Loaded resource={all} label="Loading the deployments">
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="Nothing is served">
                <p>Deploy a layer here, or by <code>./zoo deploy mamba --name mixer</code>.</p>
              </Empty>
            ) : (
              <ul className="row-list">
                {data.items.map((item) => (
                  <Row key={item.name} deployment={item} />
                ))}
              </ul>
            )
          }
        </Loaded>
        <DeployForm served={all.data?.items ?? []} />
      </div>
    </div>
  );
}

export function moving(deployment: Deployment): boolean {
  return deployment.state === "starting" || deployment.state === "stopping";
}

export function DeploymentMark({ state }: { state: Deployment["state"] }) {
  const tone = ({ ready: "good", failed: "bad", starting: "busy", stopping: "busy" } as const)[state];
  return <StateMark tone={tone}>{state}</StateMark>;
}

function Row({ deployment }: { deployment: Deployment }) {
  return (
    <li className="row">
      <DeploymentMark state={deployment.state} />
      <div className="row-main">
        <Link to={`/serving/${deployment.name}`}>{deployment.name}</Link>
        <span className="quiet">
          {deployment.plugin} <span className="tabular">{deployment.version}</span>
          {deployment.reason && <>, {deployment.reason}</>}
        </span>
      </div>
      <span className="row-end quiet tabular" title={moment(deployment.changedAt)}>
        {ago(deployment.changedAt, Date.now())}
      </span>
    </li>
  );
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

function DeployForm({ served }: { served: readonly Deployment[] }) {
  const { data: catalogue } = useCatalogue();
  const layers = useMemo(() => (catalogue ?? []).filter((plugin) => !["task", "recipe", "probe", "collection", "environment"].includes(plugin.kind)), [catalogue]);
  const mayRun = useScope("run");
  const { session } = useSession();
  const navigate = useNavigate();
  const [plugin, setPlugin] = useState("");
  const [name, setName] = useState("");
  const [weights, setWeights] = useState("");
  const [config, setConfig] = useState("");
  const [tokenOnly, setTokenOnly] = useState(false);
  const taken = served.find((item) => item.name === name && item.state !== "stopping");
  const held = heldBy(session, taken?.owner);
  const wanted = plugin || layers[0]?.id || "";
  const { data: stored } = useResource(`weights ${wanted}`, async (signal) => (wanted === "" ? undefined : api.weightsOf(wanted, signal)));
  const configIssue = issueOf(config);
  const nameIssue = name === "" || NAME.test(name) ? "" : "Expected letters, digits, ‘.’, ‘_’ and ‘-’, at most 63.";
  const deploy = useAction(() =>
    api.deploy(name, {
      plugin: wanted,
      access: tokenOnly ? "token" : "open",
      ...(weights ? { weights } : {}),
      ...(config.trim() ? { config: JSON.parse(config) as Record<string, unknown> } : {}),
    }),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await deploy.run()) await navigate(`/serving/${name}`);
  };
  return (
    <Panel title="Deploy a layer" id="deploy">
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <label className="field">
          <span className="field-label">Layer</span>
          <select
            className="input"
            value={wanted}
            onChange={(event) => {
              setPlugin(event.target.value);
              setWeights("");
            }}
          >
            {layers.map((layer) => (
              <option key={layer.id}>{layer.id}</option>
            ))}
          </select>
        </label>
        <label className="field" data-invalid={nameIssue !== "" || held !== undefined || undefined}>
          <span className="field-label">Name</span>
          <input className="input" required autoComplete="off" spellCheck={false} value={name} aria-invalid={nameIssue !== "" || held !== undefined} onChange={(event) => setName(event.target.value)} />
          {nameIssue && <span className="field-issue">{nameIssue}</span>}
          {taken && !held && <span className="field-help">This name is served now; it will serve the layer chosen here instead.</span>}
          {held && <span className="field-issue">This name is served now and belongs to {held}: choose another.</span>}
        </label>
        <label className="field">
          <span className="field-label">Weights</span>
          <select className="input" value={weights} onChange={(event) => setWeights(event.target.value)}>
            <option value="">random, by seed</option>
            {stored?.items.map((item) => (
              <option key={item.sha256} value={item.sha256}>
                {item.sha256.slice(0, 12)}
                {item.lineage?.task ? `, ${item.lineage.task}` : ""}
                {item.lineage?.official ? ", official" : ""}
              </option>
            ))}
          </select>
          <span className="field-help">
            Hand weights in by <code>./zoo push FILE --plugin {wanted || "ID"}</code>.
          </span>
        </label>
        <details className="more">
          <summary>Configuration and access</summary>
          <label className="field" data-invalid={configIssue !== "" || undefined}>
            <span className="field-label">Configuration (JSON)</span>
            <textarea className="input mono" rows={4} spellCheck={false} placeholder='{"dim": 64}' value={config} aria-invalid={configIssue !== ""} onChange={(event) => setConfig(event.target.value)} />
            {configIssue && <span className="field-issue">{configIssue}</span>}
          </label>
          <label className="check">
            <input type="checkbox" checked={tokenOnly} onChange={(event) => setTokenOnly(event.target.checked)} />
            <span>Only for tokens with the scope run</span>
          </label>
        </details>
        <button type="submit" className="button primary" disabled={!mayRun || held !== undefined || deploy.busy || name === "" || nameIssue !== "" || configIssue !== "" || wanted === ""}>
          {deploy.busy ? "Deploying" : "Deploy"}
        </button>
        {deploy.problem && <ProblemNotice problem={deploy.problem} />}
        <ScopeHint scope="run" action="deploy" />
      </form>
    </Panel>
  );
}

function issueOf(config: string): string {
  if (config.trim() === "") return "";
  try {
    const value: unknown = JSON.parse(config);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? "" : "Expected a JSON object.";
  } catch (thrown) {
    return `No JSON: ${(thrown as Error).message}`;
  }
}
