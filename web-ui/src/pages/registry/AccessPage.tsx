import { useState, type FormEvent } from "react";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { PublisherKey, Scope, Token } from "../../api/types";
import { ago, moment } from "../../format/units";
import { ConfirmButton, Loaded, ScopeHint, SecretOnce, StateMark, useScope } from "../../ui/actions";
import { Panel } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { RegistryTabs } from "./RegistryTabs";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["read", "look at everything, sign in here"],
  ["run", "jobs, deployments, weights, runners"],
  ["publish", "keys and plugins of its owner"],
  ["admin", "tokens, webhooks, the audit log"],
];

export function AccessPage() {
  useTitle("Keys and tokens");
  return (
    <div className="page">
      <header className="page-head">
        <h1>Registry</h1>
        <RegistryTabs />
      </header>
      <Keys />
      <Tokens />
    </div>
  );
}

function Keys() {
  const mayPublish = useScope("publish");
  const all = useResource("keys", api.keys);
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const add = useAction(async () => {
    await api.addKey(name.trim(), text.trim());
    setName("");
    setText("");
    all.reload();
  });
  const revoke = useAction(async (id: string) => {
    await api.revokeKey(id, "");
    all.reload();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void add.run();
  };
  return (
    <Panel title="Keys of publishers" id="keys">
      <Loaded resource={all} label="Loading the keys" lines={3}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="No key is registered">
              <p>
                <code>./zoo keygen</code> makes a key pair and registers its public half.
              </p>
            </Empty>
          ) : (
            <ul className="row-list">
              {data.items.map((key) => (
                <KeyRow key={key.id} item={key} busy={revoke.busy} mayRevoke={mayPublish} onRevoke={() => void revoke.run(key.id)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {revoke.problem && <ProblemNotice problem={revoke.problem} />}
      {mayPublish && (
        <details className="more">
          <summary>Register a key</summary>
          <form className="stack" onSubmit={submit}>
            <label className="field">
              <span className="field-label">Name</span>
              <input className="input" required value={name} maxLength={100} placeholder="laptop" onChange={(event) => setName(event.target.value)} />
            </label>
            <label className="field">
              <span className="field-label">Public key</span>
              <textarea className="input mono" required rows={4} spellCheck={false} placeholder="-----BEGIN PUBLIC KEY-----" value={text} onChange={(event) => setText(event.target.value)} />
              <span className="field-help">Ed25519, as PEM. Never paste a private key.</span>
            </label>
            <button type="submit" className="button" disabled={add.busy || name.trim() === "" || text.trim() === "" || text.includes("PRIVATE KEY")}>
              Register
            </button>
            {text.includes("PRIVATE KEY") && <p className="field-issue">This is the private half. Paste the public one.</p>}
            {add.problem && <ProblemNotice problem={add.problem} />}
          </form>
        </details>
      )}
      <ScopeHint scope="publish" action="register a key" />
    </Panel>
  );
}

function KeyRow({ item, busy, mayRevoke, onRevoke }: { item: PublisherKey; busy: boolean; mayRevoke: boolean; onRevoke(): void }) {
  return (
    <li className="row">
      <StateMark tone={item.revoked ? "bad" : "good"}>{item.revoked ? "revoked" : "valid"}</StateMark>
      <div className="row-main">
        <span className="strong">
          {item.name} <span className="quiet">of {item.owner}</span>
        </span>
        <code className="quiet break">{item.fingerprint}</code>
      </div>
      <span className="row-end">{mayRevoke && !item.revoked && <ConfirmButton label="Revoke" question="It will sign nothing more. Revoke?" disabled={busy} onConfirm={onRevoke} />}</span>
    </li>
  );
}

function Tokens() {
  const admin = useScope("admin");
  if (!admin) {
    return (
      <Panel title="Tokens" id="tokens">
        <ScopeHint scope="admin" action="see and make tokens" />
      </Panel>
    );
  }
  return <TokenList />;
}

function TokenList() {
  const all = useResource("tokens", api.tokens);
  const withdraw = useAction(async (id: string) => {
    await api.withdrawToken(id);
    all.reload();
  });
  return (
    <Panel title="Tokens" id="tokens">
      <Loaded resource={all} label="Loading the tokens" lines={3}>
        {(data) => (
          <ul className="row-list">
            {data.items.map((token) => (
              <TokenRow key={token.id} token={token} busy={withdraw.busy} onWithdraw={() => void withdraw.run(token.id)} />
            ))}
          </ul>
        )}
      </Loaded>
      {withdraw.problem && <ProblemNotice problem={withdraw.problem} />}
      <TokenForm onMade={all.reload} />
    </Panel>
  );
}

function TokenRow({ token, busy, onWithdraw }: { token: Token; busy: boolean; onWithdraw(): void }) {
  const now = Date.now();
  const expired = token.expiresAt !== undefined && token.expiresAt !== null && new Date(token.expiresAt).getTime() <= now;
  return (
    <li className="row">
      <StateMark tone={expired ? "bad" : "good"}>{expired ? "expired" : "valid"}</StateMark>
      <div className="row-main">
        <span className="strong">
          {token.name} {token.owner && token.owner !== token.name && <span className="quiet">of {token.owner}</span>}
        </span>
        <span className="quiet">
          {token.scopes.join(", ")}
          {token.expiresAt ? <>, until {moment(token.expiresAt)}</> : ", never expires"}
          {token.lastUsedAt ? <>, used {ago(token.lastUsedAt, now)}</> : ", never used"}
        </span>
      </div>
      <span className="row-end">
        <ConfirmButton label="Withdraw" question="Withdraw it for good?" disabled={busy} onConfirm={onWithdraw} />
      </span>
    </li>
  );
}

function TokenForm({ onMade }: { onMade(): void }) {
  const [name, setName] = useState("");
  const [owner, setOwner] = useState("");
  const [days, setDays] = useState("90");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read", "run"]);
  const [secret, setSecret] = useState<{ name: string; text: string } | undefined>();
  const make = useAction(async () => {
    const made = await api.makeToken({ name: name.trim(), scopes: [...scopes], ...(owner.trim() ? { owner: owner.trim() } : {}), ...(days ? { days: Number(days) } : {}) });
    setSecret({ name: made.name, text: made.token });
    setName("");
    onMade();
  });
  return (
    <>
      {secret && <SecretOnce what={`Token ‘${secret.name}’`} text={secret.text} onDone={() => setSecret(undefined)} />}
      <details className="more">
        <summary>Make a token</summary>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void make.run();
          }}
        >
          <div className="form-grid">
            <label className="field">
              <span className="field-label">Name</span>
              <input className="input" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            </label>
            <label className="field">
              <span className="field-label">Owner</span>
              <input className="input" maxLength={100} value={owner} placeholder="as the name" onChange={(event) => setOwner(event.target.value)} />
            </label>
            <label className="field">
              <span className="field-label">Expires after</span>
              <select className="input" value={days} onChange={(event) => setDays(event.target.value)}>
                <option value="7">7 days</option>
                <option value="90">90 days</option>
                <option value="365">a year</option>
                <option value="">never</option>
              </select>
            </label>
          </div>
          <fieldset className="checks-field">
            <legend className="field-label">Scopes</legend>
            {SCOPES.map(([scope, what]) => (
              <label key={scope} className="check">
                <input type="checkbox" checked={scopes.includes(scope)} onChange={() => setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope])} />
                <span>
                  {scope} <span className="quiet">{what}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <button type="submit" className="button" disabled={make.busy || name.trim() === "" || scopes.length === 0}>
            Make token
          </button>
          {make.problem && <ProblemNotice problem={make.problem} />}
        </form>
      </details>
    </>
  );
}
