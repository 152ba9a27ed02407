import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Webhook } from "../../api/types";
import { ago } from "../../format/units";
import { Loaded, ScopeHint, SecretOnce, StateMark, useScope } from "../../ui/actions";
import { Panel } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { RegistryTabs } from "./RegistryTabs";

/** Actions that people ask for most; any of the audit log can be typed. */
const COMMON = ["version.publish", "version.reject", "version.yank", "job.end", "deployment.put", "weights.add", "token.*"];

export function DeliveryMark({ state }: { state: string | undefined }) {
  if (state === undefined) return <StateMark tone="quiet">silent</StateMark>;
  return <StateMark tone={state === "delivered" ? "good" : state === "failed" ? "bad" : "busy"}>{state}</StateMark>;
}

export function WebhooksPage() {
  useTitle("Webhooks");
  const admin = useScope("admin");
  return (
    <div className="page">
      <header className="page-head">
        <h1>Registry</h1>
        <RegistryTabs />
      </header>
      <ScopeHint scope="admin" action="see and set webhooks" />
      {admin && <Webhooks />}
    </div>
  );
}

function Webhooks() {
  const all = useResource("webhooks", api.webhooks);
  return (
    <div className="two-columns">
      <Loaded resource={all} label="Loading the webhooks">
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="Nobody is told of changes">
              <p>A webhook sends each change that the audit log holds to an address of yours, signed.</p>
            </Empty>
          ) : (
            <ul className="row-list">
              {data.items.map((hook) => (
                <Row key={hook.id} hook={hook} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <WebhookForm onMade={all.reload} />
    </div>
  );
}

function Row({ hook }: { hook: Webhook }) {
  return (
    <li className="row">
      <DeliveryMark state={hook.lastState} />
      <div className="row-main">
        <Link to={`/registry/webhooks/${hook.id}`} className="break">
          {hook.url}
        </Link>
        <span className="quiet">{hook.events.length === 0 ? "all events" : hook.events.join(", ")}</span>
      </div>
      <span className="row-end quiet">{hook.lastAt ? ago(hook.lastAt, Date.now()) : ""}</span>
    </li>
  );
}

function WebhookForm({ onMade }: { onMade(): void }) {
  const [url, setUrl] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [other, setOther] = useState("");
  const [secret, setSecret] = useState<string | undefined>();
  const make = useAction(async () => {
    const further = other
      .split(/[\s,]+/)
      .map((event) => event.trim())
      .filter((event) => event !== "");
    const made = await api.makeWebhook(url.trim(), [...chosen, ...further]);
    setSecret(made.secret);
    setUrl("");
    onMade();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make.run();
  };
  return (
    <Panel title="Set a webhook" id="set-webhook">
      {secret && <SecretOnce what="Secret of the signatures" text={secret} onDone={() => setSecret(undefined)} />}
      <form className="stack" onSubmit={submit}>
        <label className="field">
          <span className="field-label">Address</span>
          <input className="input" type="url" required value={url} placeholder="https://example.org/hook" onChange={(event) => setUrl(event.target.value)} />
        </label>
        <fieldset className="checks-field">
          <legend className="field-label">Events</legend>
          {COMMON.map((event) => (
            <label key={event} className="check">
              <input type="checkbox" checked={chosen.includes(event)} onChange={() => setChosen(chosen.includes(event) ? chosen.filter((one) => one !== event) : [...chosen, event])} />
              <code>{event}</code>
            </label>
          ))}
        </fieldset>
        <label className="field">
          <span className="field-label">Further events</span>
          <input className="input" value={other} spellCheck={false} placeholder="alias.put, key.*" onChange={(event) => setOther(event.target.value)} />
          <span className="field-help">Actions of the audit log, separated by commas. With none chosen, all are sent.</span>
        </label>
        <button type="submit" className="button primary" disabled={make.busy || url.trim() === ""}>
          Set webhook
        </button>
        {make.problem && <ProblemNotice problem={make.problem} />}
      </form>
    </Panel>
  );
}
