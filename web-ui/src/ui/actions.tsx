import { useEffect, useState, type ReactNode } from "react";
import type { Resource } from "../api/resource";
import type { Scope } from "../api/types";
import { count } from "../format/units";
import { heldBy } from "../session/ownership";
import { useSession } from "../session/session";
import { ProblemNotice, Skeleton } from "./Notice";
import { CopyButton, SignInLink } from "./controls";

/** A button that asks once more before it does what cannot be taken back. */
export function ConfirmButton({ label, question, disabled = false, onConfirm }: { label: string; question: string; disabled?: boolean; onConfirm(): void }) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <button type="button" className="button small" disabled={disabled} onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  }
  return (
    <span className="confirm" role="group" aria-label={question}>
      <span>{question}</span>
      <button
        type="button"
        className="button small danger"
        autoFocus
        disabled={disabled}
        onClick={() => {
          setAsked(false);
          onConfirm();
        }}
      >
        {label}
      </button>
      <button type="button" className="button small" onClick={() => setAsked(false)}>
        Keep
      </button>
    </span>
  );
}

/** A text that is shown once and never again. */
export function SecretOnce({ what, text, onDone }: { what: string; text: string; onDone(): void }) {
  return (
    <div className="notice secret" data-tone="warn" role="status">
      <p className="notice-title">{what}</p>
      <p>Copy it now: it is shown only once, and the registry keeps no copy that can be read here.</p>
      <pre className="secret-text">
        <code>{text}</code>
      </pre>
      <p className="secret-buttons">
        <CopyButton text={text} label="Copy" />
        <button type="button" className="button small" onClick={onDone}>
          Done
        </button>
      </p>
    </div>
  );
}

/** What a reader without a scope must do to see or change something. */
export function ScopeHint({ scope, action }: { scope: Scope; action: string }) {
  const { session } = useSession();
  if (session === undefined || session.scopes.includes(scope)) return null;
  return (
    <p className="hint">
      To {action}, <SignInLink>sign in</SignInLink> with a token that has the scope <code>{scope}</code>.
    </p>
  );
}

/** What a reader hears who may run, but not end what somebody else asked for. */
export function OwnerHint({ owner, action }: { owner: string | undefined; action: string }) {
  const held = heldBy(useSession().session, owner);
  if (held === undefined) return null;
  return (
    <p className="hint">
      It belongs to {held}: only {held} and administrators may {action}.
    </p>
  );
}

export function useScope(scope: Scope): boolean {
  return useSession().session?.scopes.includes(scope) ?? false;
}

/** A resource's data once it is there; until then what is on its way or why it does not come. */
export function Loaded<T>({ resource, label, lines = 5, children }: { resource: Resource<T>; label: string; lines?: number; children(data: T): ReactNode }) {
  const { data, problem, reload } = resource;
  return (
    <>
      {problem && <ProblemNotice problem={problem} retry={reload} />}
      {data === undefined ? !problem && <Skeleton lines={lines} label={label} /> : children(data)}
    </>
  );
}

/** Asks for a resource again and again while it is on its way somewhere. */
export function useRefresh(live: boolean, reload: () => void, everyMs = 1500): void {
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [live, reload, everyMs]);
}

export function Pager({ of, page, size, total, onPage }: { of: string; page: number; size: number; total: number; onPage(page: number): void }) {
  if (total <= size) return null;
  return (
    <nav className="pager" aria-label={`Pages of ${of}`}>
      <button type="button" className="button small" disabled={page === 0} onClick={() => onPage(page - 1)}>
        Newer
      </button>
      <span className="quiet tabular">
        {count(page * size + 1)} to {count(Math.min(total, (page + 1) * size))} of {count(total)}
      </span>
      <button type="button" className="button small" disabled={(page + 1) * size >= total} onClick={() => onPage(page + 1)}>
        Older
      </button>
    </nav>
  );
}

/** A state as a coloured word. */
export function StateMark({ tone, children }: { tone: "good" | "bad" | "busy" | "quiet"; children: ReactNode }) {
  return (
    <span className="mark" data-tone={tone}>
      <span className="mark-dot" aria-hidden="true" />
      {children}
    </span>
  );
}
