import { useState, type FormEvent } from "react";
import { Link, useParams } from "react-router";
import { useAction } from "../../api/action";
import * as client from "../../api/client";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { PluginVersion } from "../../api/types";
import { count, moment } from "../../format/units";
import { ConfirmButton, Loaded, ScopeHint, StateMark, useScope } from "../../ui/actions";
import { Panel } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";

/** What the owners of a plugin may do with its versions. */
export function VersionsPage() {
  const { id = "" } = useParams();
  useTitle(`Versions of ${id}`);
  const all = useResource(`versions ${id}`, (signal) => client.versions(id, signal));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{id}</h1>
        <p className="lead">
          Versions, aliases and owners. <Link to={`/plugins/${encodeURIComponent(id)}`}>The plugin’s page</Link>
        </p>
      </header>
      <ScopeHint scope="publish" action="change what is shown here" />
      <div className="two-columns">
        <Loaded resource={all} label="Loading the versions">
          {(versions) => {
            const published = versions.filter((version) => version.state === "published");
            return published.length === 0 ? (
              <Empty title="No version is published">
                <p>What lies in a plugin folder is local to this registry, and nobody owns it.</p>
              </Empty>
            ) : (
              <ul className="row-list">
                {published.map((version) => (
                  <VersionRow key={version.version} id={id} version={version} reload={all.reload} />
                ))}
              </ul>
            );
          }}
        </Loaded>
        <div className="stack">
          <Aliases id={id} versions={all.data ?? []} />
          <Owners id={id} />
        </div>
      </div>
    </div>
  );
}

function VersionRow({ id, version, reload }: { id: string; version: PluginVersion; reload(): void }) {
  const mayPublish = useScope("publish");
  const change = useAction(async (work: () => Promise<unknown>) => {
    await work();
    reload();
  });
  return (
    <li className="row row-tall">
      <StateMark tone={version.yanked ? "bad" : version.deprecated ? "quiet" : "good"}>{version.yanked ? "yanked" : version.deprecated ? "deprecated" : "published"}</StateMark>
      <div className="row-main">
        <Link to={`/plugins/${encodeURIComponent(id)}?version=${encodeURIComponent(version.version)}`} className="tabular">
          {version.version}
        </Link>
        <span className="quiet">
          {version.publisher}
          {version.publishedAt && <>, {moment(version.publishedAt)}</>}, {count(version.downloads ?? 0)} downloads
        </span>
        {version.yanked && version.yankReason && <span>Yanked: {version.yankReason}</span>}
        {version.deprecation && <span>Deprecated: {version.deprecation}</span>}
        {(version.tags ?? []).length > 0 && (
          <span className="tag-list">
            {version.tags?.map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
          </span>
        )}
        {mayPublish && (
          <details className="more">
            <summary>Change</summary>
            <div className="stack">
              <TextAction
                label="Tags"
                help="Separated by commas; none removes them."
                button="Set tags"
                value={(version.tags ?? []).join(", ")}
                busy={change.busy}
                onRun={(text) => change.run(() => api.tag(id, version.version, split(text)))}
              />
              <TextAction label="Deprecation" help="Why not to use it any more; an empty text takes it back." button="Set" value={version.deprecation ?? ""} busy={change.busy} onRun={(text) => change.run(() => api.deprecate(id, version.version, text))} />
              {version.yanked ? (
                <button type="button" className="button small" disabled={change.busy} onClick={() => void change.run(() => api.unyank(id, version.version))}>
                  Un-yank
                </button>
              ) : (
                <TextAction label="Yank" help="Nothing new resolves to it; who names it still gets it." button="Yank" value="" placeholder="reason" busy={change.busy} onRun={(text) => change.run(() => api.yank(id, version.version, text))} />
              )}
            </div>
          </details>
        )}
        {change.problem && <ProblemNotice problem={change.problem} />}
      </div>
    </li>
  );
}

function split(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

function TextAction(props: { label: string; help: string; button: string; value: string; placeholder?: string; busy: boolean; onRun(text: string): Promise<boolean> }) {
  const [text, setText] = useState(props.value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void props.onRun(text.trim());
  };
  return (
    <form className="inline-form" onSubmit={submit}>
      <label className="field">
        <span className="field-label">{props.label}</span>
        <input className="input" value={text} maxLength={500} placeholder={props.placeholder} onChange={(event) => setText(event.target.value)} />
      </label>
      <button type="submit" className="button small" disabled={props.busy}>
        {props.button}
      </button>
      <p className="field-help">{props.help}</p>
    </form>
  );
}

function Aliases({ id, versions }: { id: string; versions: readonly PluginVersion[] }) {
  const mayPublish = useScope("publish");
  const all = useResource(`aliases ${id}`, (signal) => api.aliases(id, signal));
  const [name, setName] = useState("");
  const [version, setVersion] = useState("");
  const published = versions.filter((one) => one.state === "published" && !one.yanked);
  const wanted = version || published[0]?.version || "";
  const change = useAction(async (work: () => Promise<unknown>) => {
    await work();
    all.reload();
    setName("");
  });
  return (
    <Panel title="Aliases" id="aliases">
      <Loaded resource={all} label="Loading the aliases" lines={2}>
        {(aliases) =>
          aliases.length === 0 ? (
            <p className="quiet">None. An alias such as ‘champion’ stands for a version, and can be moved.</p>
          ) : (
            <ul className="plain-list">
              {aliases.map((alias) => (
                <li key={alias.alias}>
                  <code>{alias.alias}</code> <span className="tabular">{alias.version}</span>
                  {mayPublish && <ConfirmButton label="Remove" question={`Remove ${alias.alias}?`} disabled={change.busy} onConfirm={() => void change.run(() => api.removeAlias(id, alias.alias))} />}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayPublish && published.length > 0 && (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void change.run(() => api.setAlias(id, name, wanted));
          }}
        >
          <div className="form-grid">
            <label className="field">
              <span className="field-label">Alias</span>
              <input className="input" value={name} required placeholder="champion" onChange={(event) => setName(event.target.value)} />
            </label>
            <label className="field">
              <span className="field-label">Version</span>
              <select className="input" value={wanted} onChange={(event) => setVersion(event.target.value)}>
                {published.map((one) => (
                  <option key={one.version}>{one.version}</option>
                ))}
              </select>
            </label>
          </div>
          <button type="submit" className="button small" disabled={change.busy || name === ""}>
            Set alias
          </button>
        </form>
      )}
      {change.problem && <ProblemNotice problem={change.problem} />}
    </Panel>
  );
}

function Owners({ id }: { id: string }) {
  const mayPublish = useScope("publish");
  const all = useResource(`maintainers ${id}`, (signal) => api.maintainers(id, signal));
  const [owner, setOwner] = useState("");
  const change = useAction(async (work: () => Promise<unknown>) => {
    await work();
    all.reload();
    setOwner("");
  });
  return (
    <Panel title="Owners" id="owners">
      <Loaded resource={all} label="Loading the owners" lines={2}>
        {(maintainers) =>
          maintainers.length === 0 ? (
            <p className="quiet">Nobody yet: who publishes it first owns it.</p>
          ) : (
            <ul className="plain-list">
              {maintainers.map((one) => (
                <li key={one.owner}>
                  <span>
                    {one.owner} <span className="quiet">{one.role}</span>
                  </span>
                  {mayPublish && one.role !== "owner" && <ConfirmButton label="Remove" question={`Remove ${one.owner}?`} disabled={change.busy} onConfirm={() => void change.run(() => api.removeMaintainer(id, one.owner))} />}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayPublish && (
        <form
          className="inline-form"
          onSubmit={(event) => {
            event.preventDefault();
            void change.run(() => api.addMaintainer(id, owner.trim()));
          }}
        >
          <label className="field">
            <span className="field-label">Name a maintainer</span>
            <input className="input" value={owner} required onChange={(event) => setOwner(event.target.value)} />
          </label>
          <button type="submit" className="button small" disabled={change.busy || owner.trim() === ""}>
            Add
          </button>
        </form>
      )}
      {change.problem && <ProblemNotice problem={change.problem} />}
    </Panel>
  );
}
