import { useState, type FormEvent } from "react";
import { Link, useNavigate } from "react-router";
import { useAction } from "../../api/action";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Publication } from "../../api/types";
import { ago, bytes, moment } from "../../format/units";
import { Loaded, Pager, ScopeHint, StateMark, useRefresh, useScope } from "../../ui/actions";
import { Panel, Progress } from "../../ui/controls";
import { Empty, ProblemNotice } from "../../ui/Notice";
import { useTitle } from "../../ui/title";
import { signature } from "./sign";

const SIZE = 20;

export function open(publication: Publication): boolean {
  return publication.state === "uploaded" || publication.state === "verifying";
}

export function PublicationMark({ state }: { state: Publication["state"] }) {
  const tone = state === "published" ? "good" : state === "rejected" || state === "error" ? "bad" : state === "deleted" ? "quiet" : "busy";
  return <StateMark tone={tone}>{state}</StateMark>;
}

export function PublishingPage() {
  useTitle("Publishing");
  const mayPublish = useScope("publish");
  return (
    <div className="page">
      <header className="page-head">
        <h1>Publishing</h1>
        <p className="lead">A jar is looked at, then verified by a runner; what passes is visible to everyone and never changes.</p>
      </header>
      <ScopeHint scope="publish" action="publish plugins and see your uploads" />
      <div className="two-columns">
        {mayPublish ? <Uploads /> : <Empty title="Your uploads are shown here" />}
        <UploadForm />
      </div>
    </div>
  );
}

function Uploads() {
  const [page, setPage] = useState(0);
  const all = useResource(`publications ${page}`, (signal) => api.publications({ page, size: SIZE }, signal));
  useRefresh(all.data?.items.some(open) ?? false, all.reload);
  return (
    <div className="stack">
      <Loaded resource={all} label="Loading your uploads">
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="Nothing was uploaded yet">
              <p>
                Make a key by <code>./zoo keygen</code>, register its public half under <Link to="/registry">Keys</Link>, and send a jar.
              </p>
            </Empty>
          ) : (
            <>
              <ul className="row-list">
                {data.items.map((item) => (
                  <Row key={item.id} publication={item} />
                ))}
              </ul>
              <Pager of="uploads" page={page} size={SIZE} total={data.total} onPage={setPage} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Row({ publication }: { publication: Publication }) {
  return (
    <li className="row">
      <PublicationMark state={publication.state} />
      <div className="row-main">
        <Link to={`/publishing/uploads/${publication.id}`}>
          {publication.plugin} <span className="tabular">{publication.version}</span>
        </Link>
        <span className="quiet">
          {publication.problem ?? `by ${publication.publisher}, ${bytes(publication.size)}`}
          {publication.state === "published" && (
            <>
              {" · "}
              <Link to={`/publishing/${encodeURIComponent(publication.plugin)}`}>versions and owners</Link>
            </>
          )}
        </span>
      </div>
      <span className="row-end quiet tabular" title={moment(publication.uploadedAt)}>
        {ago(publication.uploadedAt, Date.now())}
      </span>
    </li>
  );
}

function UploadForm() {
  const mayPublish = useScope("publish");
  const navigate = useNavigate();
  const [jar, setJar] = useState<File | undefined>();
  const [key, setKey] = useState<File | undefined>();
  const [sent, setSent] = useState<number | undefined>();
  const upload = useAction(async () => {
    if (!jar || !key) return;
    setSent(undefined);
    const signed = await signature(jar, await key.text());
    setSent(0);
    const publication = await api.publish(jar, signed, setSent);
    await navigate(`/publishing/uploads/${publication.id}`);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void upload.run();
  };
  return (
    <Panel title="Publish a jar" id="publish">
      <form className="stack" onSubmit={submit}>
        <label className="field">
          <span className="field-label">Plugin jar</span>
          <input className="input" type="file" accept=".jar" required onChange={(event) => setJar(event.target.files?.[0])} />
          {jar && <span className="field-help">{bytes(jar.size)}</span>}
        </label>
        <label className="field">
          <span className="field-label">Private key</span>
          <input className="input" type="file" accept=".pem" required aria-describedby="key-help" onChange={(event) => setKey(event.target.files?.[0])} />
        </label>
        <p className="field-help" id="key-help">
          The file that <code>./zoo keygen</code> wrote (<code>publisher.pem</code>). The jar is signed in this window; the key does not leave it.
        </p>
        <button type="submit" className="button primary" disabled={!mayPublish || upload.busy || !jar || !key}>
          {upload.busy ? (sent === undefined ? "Signing" : "Sending") : "Publish"}
        </button>
        {upload.busy && sent !== undefined && <Progress value={sent} label="Upload" />}
        {upload.problem && <ProblemNotice problem={upload.problem} />}
      </form>
    </Panel>
  );
}
