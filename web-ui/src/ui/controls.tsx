import { useId, useState, type ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { useSession } from "../session/session";

/** Choices of which one holds, as a row of buttons. */
export function Segments<T extends string>(props: { label: string; value: T; choices: readonly (readonly [T, string])[]; onChange(value: T): void }) {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={props.label}>
      {props.choices.map(([value, text]) => (
        <label key={value} className="segment">
          <input type="radio" name={name} checked={value === props.value} onChange={() => props.onChange(value)} />
          <span>{text}</span>
        </label>
      ))}
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"idle" | "copied" | "denied">("idle");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("denied"),
    );
  return (
    <button type="button" className="button small" onClick={() => void copy()} onBlur={() => setState("idle")}>
      <span aria-live="polite">{{ idle: label, copied: "Copied", denied: "The browser denied the clipboard" }[state]}</span>
    </button>
  );
}

export function Progress({ value, label }: { value: number; label: string }) {
  const percent = Math.round(value * 100);
  return (
    <div className="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
      <span className="progress-bar" style={{ transform: `scaleX(${value})` }} />
    </div>
  );
}

/** What a reader without the right to run must do to get it. */
export function SignInHint({ action }: { action: string }) {
  const { mayRun, session } = useSession();
  if (mayRun || session === undefined) return null;
  return (
    <p className="hint">
      To {action}, <SignInLink>sign in</SignInLink> with a token that has the scope <code>run</code>.
    </p>
  );
}

/** Leads to the sign-in page and from there back to here. */
export function SignInLink({ children, className }: { children: ReactNode; className?: string }) {
  const { pathname, search } = useLocation();
  const here = pathname === "/sign-in" ? "/" : pathname + search;
  return (
    <Link to={`/sign-in?to=${encodeURIComponent(here)}`} className={className}>
      {children}
    </Link>
  );
}

export function Panel({ title, id, aside, children }: { title: string; id: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A table that scrolls inside itself where the window is narrow. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
