import { Link, useParams } from "react-router";
import * as api from "../../api/registry";
import { useResource } from "../../api/resource";
import type { Publication } from "../../api/types";
import { useJob } from "../../api/watch";
import { bytes, moment } from "../../format/units";
import { Loaded, useRefresh } from "../../ui/actions";
import { Panel, Progress } from "../../ui/controls";
import { useTitle } from "../../ui/title";
import { open, PublicationMark } from "./PublishingPage";

export function UploadPage() {
  const { id = "" } = useParams();
  const upload = useResource(`publication ${id}`, (signal) => api.publication(id, signal));
  useTitle(upload.data ? `${upload.data.plugin} ${upload.data.version}` : "Upload");
  useRefresh(upload.data !== undefined && (open(upload.data) || upload.data.state === "error"), upload.reload);
  return (
    <div className="page">
      <Loaded resource={upload} label="Loading the upload">
        {(data) => <Page publication={data} />}
      </Loaded>
      <p>
        <Link to="/publishing">All uploads</Link>
      </p>
    </div>
  );
}

function Page({ publication }: { publication: Publication }) {
  return (
    <>
      <header className="page-head">
        <h1>
          {publication.plugin} <span className="tabular">{publication.version}</span>
        </h1>
        <p className="facts-line">
          <PublicationMark state={publication.state} />
          <span className="quiet">
            {bytes(publication.size)}, sent by {publication.publisher} on {moment(publication.uploadedAt)}
          </span>
        </p>
      </header>
      {open(publication) && <Verifying job={publication.jobId} waits={publication.state === "uploaded"} />}
      {publication.problem && (
        <div className="notice" data-tone="danger" role="alert">
          <h2 className="notice-title">{publication.state === "error" ? "It could not be verified" : "It was rejected"}</h2>
          <p>{publication.problem}</p>
          {publication.state === "error" ? (
            <p>This says nothing about the jar. It is tried again by itself.</p>
          ) : (
            <p>
              Nobody sees this version, and its number is free again. <Link to={`/jobs/${publication.jobId}`}>The log of its verification</Link> says more.
            </p>
          )}
        </div>
      )}
      {publication.state === "published" && (
        <p>
          Everyone sees it now: <Link to={`/plugins/${encodeURIComponent(publication.plugin)}?version=${encodeURIComponent(publication.version)}`}>its page</Link>,{" "}
          <Link to={`/publishing/${encodeURIComponent(publication.plugin)}`}>versions and owners</Link>.
        </p>
      )}
      <Report publication={publication} />
      <Panel title="Signature" id="signature">
        <dl className="facts">
          <div>
            <dt>SHA-256</dt>
            <dd className="break">
              <code>{publication.sha256}</code>
            </dd>
          </div>
          <div>
            <dt>Key</dt>
            <dd className="break">
              <code>{publication.keyFingerprint}</code>
            </dd>
          </div>
        </dl>
      </Panel>
    </>
  );
}

function Verifying({ job, waits }: { job: string; waits: boolean }) {
  const watched = useJob(job);
  return (
    <Panel title={waits ? "Waiting for a runner" : "Being verified"} id="verifying">
      <Progress value={watched.job?.progress ?? 0} label="Verification" />
      <p className="quiet">
        {watched.job?.message} <Link to={`/jobs/${job}`}>Log</Link>
      </p>
    </Panel>
  );
}

function Report({ publication }: { publication: Publication }) {
  const checks = publication.report?.checks ?? [];
  if (checks.length === 0) return null;
  const failed = checks.filter((check) => !check.passed).length;
  return (
    <Panel title="Report of the checks" id="report" aside={<span className="quiet tabular">{failed === 0 ? `all ${checks.length} passed` : `${failed} of ${checks.length} failed`}</span>}>
      <div className="checks">
        <ul>
          {checks
            .toSorted((a, b) => Number(a.passed) - Number(b.passed))
            .map((check) => (
              <li key={check.name} data-passed={check.passed}>
                <span className="hidden">{check.passed ? "passed: " : "failed: "}</span>
                {check.name}
                {check.detail && <p className="check-detail">{check.detail}</p>}
              </li>
            ))}
        </ul>
      </div>
    </Panel>
  );
}
