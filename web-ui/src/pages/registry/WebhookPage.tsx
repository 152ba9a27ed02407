import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Delivery } from "../../api/types";
import { ago, duration, moment } from "../../format/units";
import { ConfirmButton, Loaded, Pager, useRefresh } from "../../ui/actions";
import { Panel } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { RegistryTabs } from "./RegistryTabs";
import { DeliveryMark } from "./WebhooksPage";

export function WebhookPage() {
  const { id = "" } = useParams();
  useTitle("Webhook");
  const navigate = useNavigate();
  const [page, setPage] = useState(0);
  const hook = useResource(`webhook ${id}`, (signal) => api.webhook(id, signal));
  const history = useResource(`deliveries ${id} ${page}`, (signal) => api.deliveries(id, page, signal));
  useRefresh(history.data?.items.some((delivery) => delivery.state === "pending") ?? false, history.reload);
  const ping = useAction(async () => {
    await api.ping(id);
    history.reload();
  });
  const again = useAction(async (delivery: string) => {
    await api.redeliver(id, delivery);
    history.reload();
  });
  const remove = useAction(async () => {
    await api.removeWebhook(id);
    await navigate("/registry/webhooks");
  });
  return (
    <div className="page">
      <header className="page-head">
        <h1>Registry</h1>
        <RegistryTabs />
      </header>
      <Loaded resource={hook} label="Loading the webhook" lines={3}>
        {(data) => (
          <Panel
            title="Webhook"
            id="webhook"
            aside={
              <span className="button-row">
                <button type="button" className="button small" disabled={ping.busy} onClick={() => void ping.run()}>
                  Send a ping
                </button>
                <ConfirmButton label="Remove" question="Remove it with its history?" disabled={remove.busy} onConfirm={() => void remove.run()} />
              </span>
            }
          >
            <dl className="facts">
              <div>
                <dt>Address</dt>
                <dd className="break">{data.url}</dd>
              </div>
              <div>
                <dt>Events</dt>
                <dd>{data.events.length === 0 ? "all" : data.events.join(", ")}</dd>
              </div>
              <div>
                <dt>Set by</dt>
                <dd>
                  {data.createdBy}, {moment(data.createdAt)}
                </dd>
              </div>
            </dl>
          </Panel>
        )}
      </Loaded>
      {[ping, again, remove].map(({ problem }, i) => problem && <ProblemNotice key={i} problem={problem} />)}
      <Panel title="History" id="history">
        <Loaded resource={history} label="Loading the history">
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="Nothing was sent yet" />
            ) : (
              <>
                <ul className="row-list">
                  {data.items.map((delivery) => (
                    <Row key={delivery.id} delivery={delivery} busy={again.busy} onAgain={() => void again.run(delivery.id)} />
                  ))}
                </ul>
                <Pager of="deliveries" page={page} size={25} total={data.total} onPage={setPage} />
              </>
            )
          }
        </Loaded>
      </Panel>
      <p>
        <Link to="/registry/webhooks">All webhooks</Link>
      </p>
    </div>
  );
}

function Row({ delivery, busy, onAgain }: { delivery: Delivery; busy: boolean; onAgain(): void }) {
  return (
    <li className="row row-tall">
      <DeliveryMark state={delivery.state} />
      <div className="row-main">
        <span className="strong">{delivery.event}</span>
        <span className="quiet">
          {delivery.attempts === 1 ? "1 attempt" : `${delivery.attempts} attempts`}
          {delivery.status !== undefined && <>, HTTP {delivery.status}</>}
          {delivery.millis !== undefined && <>, {duration(delivery.millis)}</>}
          {delivery.state === "pending" && delivery.nextAt && <>, next {moment(delivery.nextAt)}</>}
        </span>
        {delivery.problem && <span className="row-problem">{delivery.problem}</span>}
        <details className="more">
          <summary>What was sent</summary>
          <pre className="json" tabIndex={0} aria-label="The event">
            <code>{JSON.stringify(delivery.payload, null, 2)}</code>
          </pre>
        </details>
      </div>
      <span className="row-end">
        <span className="quiet" title={moment(delivery.createdAt)}>
          {ago(delivery.createdAt, Date.now())}
        </span>
        {delivery.state !== "pending" && (
          <button type="button" className="button small" disabled={busy} onClick={onAgain}>
            Send again
          </button>
        )}
      </span>
    </li>
  );
}
