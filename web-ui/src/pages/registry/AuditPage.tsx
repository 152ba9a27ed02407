import { useState } from "react";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { AuditCheck, AuditEntry } from "../../api/types";
import { count, moment } from "../../format/units";
import { Loaded, Pager, ScopeHint, useScope } from "../../ui/actions";
import { Panel, Scroll } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useAddress } from "../../ui/address";
import { useTitle } from "../../ui/title";
import { RegistryTabs } from "./RegistryTabs";

const SIZE = 50;

interface State {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly page: number;
}

function read(query: URLSearchParams): State {
  return { actor: query.get("actor") ?? "", action: query.get("action") ?? "", subject: query.get("subject") ?? "", page: Math.max(0, Number(query.get("page") ?? 0) || 0) };
}

function write(state: State): URLSearchParams {
  const query = new URLSearchParams();
  for (const field of ["actor", "action", "subject"] as const) if (state[field] !== "") query.set(field, state[field]);
  if (state.page > 0) query.set("page", String(state.page));
  return query;
}

export function AuditPage() {
  useTitle("Audit log");
  const admin = useScope("admin");
  return (
    <div className="page">
      <header className="page-head">
        <h1>Registry</h1>
        <RegistryTabs />
      </header>
      <ScopeHint scope="admin" action="see the audit log" />
      {admin && <Log />}
    </div>
  );
}

function Log() {
  const [state, change] = useAddress(read, write);
  const { page, ...filter } = state;
  const given = Object.fromEntries(Object.entries(filter).filter(([, text]) => text !== ""));
  const found = useResource(`audit ${JSON.stringify(state)}`, (signal) => api.audit({ ...given, page, size: SIZE }, signal));
  return (
    <>
      <Chain />
      <Panel
        title="Changes"
        id="changes"
        aside={
          <a className="button small" href="/api/v1/audit/export" download>
            Export
          </a>
        }
      >
        <div className="form-grid">
          <Filter label="Who" value={state.actor} placeholder="owner of the token" onChange={(actor) => change({ ...state, actor, page: 0 })} />
          <Filter label="What" value={state.action} placeholder="version.publish" onChange={(action) => change({ ...state, action, page: 0 })} />
          <Filter label="On what" value={state.subject} placeholder="mamba@1.0.0" onChange={(subject) => change({ ...state, subject, page: 0 })} />
        </div>
        <Loaded resource={found} label="Loading the log">
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="No such change" />
            ) : (
              <>
                <Table entries={data.items} />
                <Pager of="changes" page={page} size={SIZE} total={data.total} onPage={(next) => change({ ...state, page: next }, { visit: true })} />
              </>
            )
          }
        </Loaded>
      </Panel>
    </>
  );
}

/** A filter takes effect when it is left or by the enter key: the log is asked for whole words. */
function Filter({ label, value, placeholder, onChange }: { label: string; value: string; placeholder: string; onChange(value: string): void }) {
  const [typed, setTyped] = useState(value);
  const [held, setHeld] = useState(value);
  if (held !== value) {
    setHeld(value);
    setTyped(value);
  }
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      <input
        className="input"
        value={typed}
        placeholder={placeholder}
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => typed !== value && onChange(typed.trim())}
        onKeyDown={(event) => event.key === "Enter" && onChange(typed.trim())}
      />
    </label>
  );
}

function Table({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Scroll label="Table of changes">
      <table className="table audit-table">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">On what</th>
            <th scope="col">Who</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.sequence}>
              <th scope="row" className="tabular">
                {entry.sequence}
              </th>
              <td className="tabular">{moment(entry.at)}</td>
              <td>
                <code>{entry.action}</code>
              </td>
              <td className="wrap">{entry.subject}</td>
              <td className="wrap">
                {entry.actor}
                {entry.token && entry.token !== entry.actor && <span className="quiet"> by {entry.token}</span>}
              </td>
              <td className="wrap">{entry.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Chain() {
  const [check, setCheck] = useState<AuditCheck | undefined>();
  const look = useAction(async () => setCheck(await api.checkAudit()));
  return (
    <Panel
      title="Is it whole?"
      id="whole"
      aside={
        <button type="button" className="button small" disabled={look.busy} onClick={() => void look.run()}>
          Check the chain
        </button>
      }
    >
      {!check && <p className="quiet">Each entry holds the hash of the one before. A check follows them from the first to the last.</p>}
      {check && (
        <div role="status">
          <p>
            {check.whole ? (
              <>All {count(check.entries)} entries fit together.</>
            ) : (
              <strong className="bad">
                Entry {check.broken} does not fit: the log was changed behind the registry’s back.
              </strong>
            )}
          </p>
          <p className="quiet break">
            Last hash <code>{check.head}</code>. Kept elsewhere, it shows that nothing was cut off.
          </p>
        </div>
      )}
      {look.problem && <ProblemNotice problem={look.problem} />}
    </Panel>
  );
}
