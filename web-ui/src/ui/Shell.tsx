import { useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { useSession } from "../session/session";
import { Glyph } from "./Glyph";
import { OfflineBanner } from "./Notice";
import { SignInLink } from "./controls";
import { useTheme, type Choice } from "./theme";

const NEXT: Readonly<Record<Choice, Choice>> = { system: "light", light: "dark", dark: "system" };

export function Shell() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  // A new page is read from its top, by eye and by screen reader alike.
  useEffect(() => {
    if (first.current) first.current = false;
    else {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [pathname]);

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link to="/" className="brand" aria-label="LayerZoo, catalogue">
            <Glyph family="recurrent-and-ssm" size={22} />
            <span>LayerZoo</span>
          </Link>
          <nav className="nav" aria-label="Pages">
            <NavLink to="/" end className={({ isActive }) => (isActive || pathname.startsWith("/plugins/") ? "active" : "")}>
              Catalogue
            </NavLink>
            <NavLink to="/compare">Compare</NavLink>
            <NavLink to="/recommend">Recommend</NavLink>
            <NavLink to="/results">Results</NavLink>
            <NavLink to="/jobs">Jobs</NavLink>
            <NavLink to="/serving">Serving</NavLink>
            <NavLink to="/publishing">Publishing</NavLink>
            <NavLink to="/registry">Registry</NavLink>
          </nav>
          <div className="top-end">
            <SignedIn />
            <ThemeButton />
          </div>
        </div>
      </header>
      <OfflineBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="foot">
        <p>
          Every figure here was measured on the machine named beside it.{" "}
          <a href="/openapi.yaml">REST interface</a>
        </p>
      </footer>
    </>
  );
}

function SignedIn() {
  const { session, mayRun, leave } = useSession();
  if (session === undefined) return null;
  if (!session.authenticated) {
    return (
      <span className="who">
        <span className="who-dot" aria-hidden="true" /> Read only
        <SignInLink className="button small quiet-button">Sign in</SignInLink>
      </span>
    );
  }
  return (
    <span className="who" data-in="true">
      <span className="who-dot" aria-hidden="true" />
      <span className="who-name" title={`Scopes: ${session.scopes.join(", ")}`}>
        {session.name}
        {!mayRun && " (read only)"}
      </span>
      <button type="button" className="button small quiet-button" onClick={() => void leave()}>
        Sign out
      </button>
    </span>
  );
}

function ThemeButton() {
  const { choice, choose } = useTheme();
  const name = { system: "System", light: "Light", dark: "Dark" }[choice];
  return (
    <button type="button" className="button small quiet-button theme" onClick={() => choose(NEXT[choice])} aria-label={`Theme: ${name}. Change to ${NEXT[choice]}.`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
        {choice === "system" && <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4Z" fill="currentColor" />}
        {choice === "dark" && <circle cx="8" cy="8" r="6.2" fill="currentColor" />}
      </svg>
      <span className="theme-name">{name}</span>
    </button>
  );
}
