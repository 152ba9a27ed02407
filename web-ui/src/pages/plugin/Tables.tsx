import { useState } from "react";
import { Link } from "react-router";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import type { Plugin, Port, Provider, Signature } from "../../api/types";
import { count, moment } from "../../format/units";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { ProofLadder } from "../../ui/Proof";
import { Panel, Scroll } from "../../ui/controls";

export function hasPorts(provider: Provider): boolean {
  const { in: inputs = [], out: outputs = [], state = [] } = (provider.signature ?? {}) as Signature;
  return inputs.length + outputs.length + state.length > 0;
}

/** Ports with their axes, and what the provider promises about them. */
export function SignaturePanel({ provider }: { provider: Provider }) {
  const signature = (provider.signature ?? {}) as Signature;
  const ports: [string, Port][] = [
    ...(signature.in ?? []).map((port) => ["in", port] as [string, Port]),
    ...(signature.out ?? []).map((port) => ["out", port] as [string, Port]),
    ...(signature.state ?? []).map((port) => ["state", port] as [string, Port]),
  ];
  return (
    <Panel title="Signature" id="signature">
      {ports.length === 0 ? (
        <p className="quiet">This provider has no tensor ports.</p>
      ) : (
        <Scroll label="Table of ports">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Port</th>
                <th scope="col">Axes</th>
                <th scope="col">Type</th>
                <th scope="col">Role</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {ports.map(([side, port]) => (
                <tr key={`${side}-${port.name}`}>
                  <th scope="row">
                    <span className="port-side">{side}</span> <code>{port.name}</code>
                  </th>
                  <td>
                    <code className="axes">{port.axes ?? ""}</code>
                  </td>
                  <td>{port.dtype ?? ""}</td>
                  <td>{port.role ?? port.kind ?? ""}</td>
                  <td className="wrap">{port.doc ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <Contract contract={provider.contract} />
      {provider.waivers.length > 0 && (
        <div className="waivers">
          <h3>Waived rules</h3>
          <ul>
            {provider.waivers.map((waiver) => (
              <li key={waiver.rule}>
                <code>{waiver.rule}</code>: {waiver.reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

const PROMISES: Readonly<Record<string, string>> = {
  causality: "Causality",
  streaming: "Streaming",
  gradient: "Gradient",
  batchCoupled: "Batch coupled",
  fixedLength: "Fixed length",
  ownsResidual: "Owns the residual",
};

function Contract({ contract }: { contract: Readonly<Record<string, unknown>> | undefined }) {
  const entries = Object.entries(contract ?? {}).filter(([, value]) => value !== null);
  if (entries.length === 0) return null;
  return (
    <dl className="contract">
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt>{PROMISES[key] ?? key}</dt>
          <dd>{value === true ? "yes" : value === false ? "no" : typeof value === "string" ? value.replaceAll("-", " ") : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const FOLD = 12;

export function Parameters({ provider }: { provider: Provider }) {
  const [all, setAll] = useState(false);
  const { parameters, parameterCount } = provider;
  const shown = all ? parameters : parameters.slice(0, FOLD);
  return (
    <Panel title="Parameters" id="parameters" aside={<span className="quiet tabular">{count(parameterCount)} in the default configuration</span>}>
      {parameters.length === 0 ? (
        <p className="quiet">This provider has no trained parameters.</p>
      ) : (
        <>
          <Scroll label="Table of parameters">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Path</th>
                  <th scope="col">Shape</th>
                  <th scope="col">Type</th>
                  <th scope="col" className="number">
                    Entries
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((parameter) => (
                  <tr key={parameter.path}>
                    <th scope="row">
                      <code>{parameter.path}</code>
                    </th>
                    <td className="tabular">{parameter.shape.length === 0 ? "scalar" : parameter.shape.join(" × ")}</td>
                    <td>{parameter.dtype}</td>
                    <td className="number tabular">{count(parameter.shape.reduce((a, b) => a * b, 1))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {parameters.length > FOLD && (
            <button type="button" className="link-button" onClick={() => setAll(!all)}>
              {all ? "Show fewer" : `Show all ${parameters.length}`}
            </button>
          )}
        </>
      )}
    </Panel>
  );
}

export function Versions({ plugin }: { plugin: Plugin }) {
  const { data, problem, reload } = useResource(`versions ${plugin.id} ${JSON.stringify(plugin.levels)}`, (signal) => api.versions(plugin.id, signal));
  return (
    <Panel title="Versions" id="versions">
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      {!data && !problem && <Skeleton lines={2} label="Loading versions" />}
      <ul className="versions">
        {data?.map((version) => (
          <li key={version.version} aria-current={version.version === plugin.version ? "true" : undefined}>
            <Link to={`/plugins/${encodeURIComponent(plugin.id)}?version=${encodeURIComponent(version.version)}`}>
              <code>{version.version}</code>
            </Link>
            <ProofLadder levels={version.levels} level={version.level} />
            <span className="versions-note quiet">
              {version.yanked ? "yanked, " : ""}
              {version.source === "local" ? (version.present ? "local jar" : "local jar, gone") : "published"}, {moment(version.cataloguedAt)}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
