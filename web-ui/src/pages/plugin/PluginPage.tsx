import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import * as api from "../../api/client";
import { useResource } from "../../api/resource";
import type { Plugin, Provider } from "../../api/types";
import { isNone, orderTex } from "../../format/order";
import { bytes, moment, words } from "../../format/units";
import { Glyph } from "../../ui/Glyph";
import { Markdown } from "../../ui/Markdown";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { ProofLadder } from "../../ui/Proof";
import { Tex } from "../../ui/Tex";
import { Panel, Segments } from "../../ui/controls";
import { useTitle } from "../../ui/title";
import { complete, isObject, type Json, type Schema } from "../../form/schema";
import { cardBody } from "./card";
import { Claims } from "./ClaimsPanel";
import { ConfigPanel } from "./ConfigPanel";
import { MatrixPanel } from "./MatrixPanel";
import { ProofPanel } from "./ProofPanel";
import { hasPorts, Parameters, SignaturePanel, Versions } from "./Tables";

export function PluginPage() {
  const { id = "" } = useParams();
  const [query] = useSearchParams();
  const version = query.get("version") ?? "latest";
  const { data, problem, reload } = useResource(`plugin ${id} ${version}`, (signal) => api.plugin(id, version, signal));
  useTitle(data?.title ?? id);
  if (data) return <Page plugin={data} reload={reload} key={`${data.id} ${data.version}`} />;
  if (problem) {
    return (
      <div className="page">
        <ProblemNotice page problem={problem} retry={reload} />
        <p>
          <Link to="/">Back to the catalogue</Link>
        </p>
      </div>
    );
  }
  return (
    <div className="page">
      <Skeleton lines={8} label="Loading the plugin" />
    </div>
  );
}

function Page({ plugin, reload }: { plugin: Plugin; reload(): void }) {
  const [name, setName] = useState(plugin.providers[0]?.name ?? "");
  const provider = plugin.providers.find((p) => p.name === name);
  return (
    <div className="page plugin-page">
      <Head plugin={plugin} />
      <div className="plugin-columns">
        <div className="plugin-column">
          <Card plugin={plugin} />
          {plugin.providers.length > 1 && (
            <div className="providers">
              <span className="quiet">Provider</span>
              <Segments label="Provider" value={name} choices={plugin.providers.map((p) => [p.name, p.name === "" ? plugin.id : p.name] as const)} onChange={setName} />
            </div>
          )}
          {provider && <ProviderPanels key={provider.name} plugin={plugin} provider={provider} />}
        </div>
        <aside className="plugin-aside" aria-label="Facts and proof">
          <Facts plugin={plugin} provider={provider} />
          <ProofPanel plugin={plugin} reload={reload} />
          <Claims plugin={plugin} />
          <Versions plugin={plugin} />
        </aside>
      </div>
    </div>
  );
}

/** What depends on the chosen provider. The heat map shows the configuration that the form holds. */
function ProviderPanels({ plugin, provider }: { plugin: Plugin; provider: Provider }) {
  const schema = provider.configSchema as Schema;
  const preset = (size: string): Json => complete(schema, isObject(provider.defaults[size]) ? (provider.defaults[size] as Json) : undefined, schema);
  const [config, setConfig] = useState<Json>(() => preset("test"));
  // A task or a recipe has no tensors of its own; three panels that say so would only be in the way.
  const isLayer = provider.kind === "layer";
  return (
    <>
      {(isLayer || provider.matrix) && <MatrixPanel plugin={plugin} provider={provider} schema={schema} defaults={preset("test")} config={config} />}
      <ConfigPanel id={provider.name === "" ? plugin.id : `${plugin.id}/${provider.name}`} provider={provider} schema={schema} preset={preset} config={config} onChange={setConfig} />
      {(isLayer || hasPorts(provider)) && <SignaturePanel provider={provider} />}
      {(isLayer || provider.parameters.length > 0) && <Parameters provider={provider} />}
    </>
  );
}

function Head({ plugin }: { plugin: Plugin }) {
  const comparable = plugin.providers.some((p) => p.kind === "layer");
  return (
    <header className="plugin-head">
      <Glyph family={plugin.family} size={64} />
      <div className="plugin-head-text">
        <h1>{plugin.title}</h1>
        <p className="plugin-authors">
          {plugin.authors.length > 0 && <>{plugin.authors.join(", ")}, </>}
          <span className="tabular">{plugin.year}</span>
        </p>
        <p className="plugin-links">
          <ProofLadder levels={plugin.levels} level={plugin.level} long />
          {plugin.arxiv && (
            <a href={`https://arxiv.org/abs/${plugin.arxiv}`} rel="noreferrer">
              Paper <span className="tabular">arXiv:{plugin.arxiv}</span>
            </a>
          )}
          {plugin.code.map((url) => (
            <a key={url} href={url} rel="noreferrer">
              Authors’ code <span className="quiet">{url.replace(/^https?:\/\/(www\.)?github\.com\//, "")}</span>
            </a>
          ))}
        </p>
      </div>
      {comparable && (
        <Link className="button primary" to={`/compare?plugins=${[...new Set(["flash-attention-2", plugin.id])].join(",")}`}>
          Compare
        </Link>
      )}
    </header>
  );
}

function Card({ plugin }: { plugin: Plugin }) {
  const { data, problem, reload } = useResource(`card ${plugin.id} ${plugin.version}`, (signal) => api.card(plugin.id, plugin.version, signal));
  return (
    <Panel title="Mechanism" id="mechanism">
      {data !== undefined ? <Markdown text={cardBody(data)} /> : problem ? <ProblemNotice problem={problem} retry={reload} /> : <Skeleton lines={6} label="Loading the card" />}
    </Panel>
  );
}

function Facts({ plugin, provider }: { plugin: Plugin; provider: Provider | undefined }) {
  const complexity = provider?.complexity;
  return (
    <Panel title="Facts" id="facts">
      <dl className="facts">
        <Fact name="Id">
          <code>{plugin.id}</code>
        </Fact>
        <Fact name="Version">
          <code>{plugin.version}</code> <span className="quiet">{plugin.source}</span>
        </Fact>
        <Fact name="Family">{words(plugin.family)}</Fact>
        <Fact name="Kind">{plugin.kind}</Fact>
        <Fact name="Modes">{plugin.modes.join(", ")}</Fact>
        <Fact name="Backends">{plugin.backends.join(", ")}</Fact>
        <Fact name="Fidelity">{{ reference: "equals the authors' code", paper: "after the paper's text", reconstructed: "reconstructed" }[plugin.fidelity] ?? plugin.fidelity}</Fact>
        {complexity && (
          <>
            <Fact name="Time">
              <Order text={complexity.time} />
            </Fact>
            <Fact name="Memory">
              <Order text={complexity.memory} />
            </Fact>
            {!isNone(complexity.state) && (
              <Fact name="State">
                <Order text={complexity.state} />
              </Fact>
            )}
          </>
        )}
        <Fact name="Jar">
          <a href={`/api/v1/plugins/${plugin.id}/versions/${plugin.version}/artifact`}>{bytes(plugin.size)}</a>{" "}
          <span className="quiet">
            SHA-256 <code>{plugin.sha256.slice(0, 12)}</code>
          </span>
        </Fact>
        <Fact name="SPI">
          {plugin.spi} <span className="quiet">requires {plugin.requires}</span>
        </Fact>
        <Fact name="Licence">{plugin.license}</Fact>
        <Fact name="Catalogued">{moment(plugin.cataloguedAt)}</Fact>
      </dl>
    </Panel>
  );
}

function Order({ text }: { text: string }) {
  const tex = orderTex(text);
  return tex === undefined ? <>{text}</> : <Tex source={tex} />;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
