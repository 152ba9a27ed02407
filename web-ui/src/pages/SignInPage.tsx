import { useState, type FormEvent } from "react";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import * as api from "../api/client";
import { Problem } from "../api/problem";
import { useSession } from "../session/session";
import { Panel } from "../ui/controls";
import { ProblemNotice } from "../ui/Notice";
import { useTitle } from "../ui/title";

/** A token becomes a session. Who comes from a link of `zoo up` never sees this page, unless its code was spent. */
export function SignInPage() {
  useTitle("Sign in");
  const [params] = useSearchParams();
  const { session, reload } = useSession();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();
  const navigate = useNavigate();
  // Only an address of this dashboard: "//elsewhere" would be another site.
  const wanted = params.get("to") ?? "/";
  const to = /^\/(?![/\\])/.test(wanted) ? wanted : "/";
  if (session?.authenticated && !busy) return <Navigate to={to} replace />;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await api.signIn(token.trim());
      reload();
      await navigate(to, { replace: true });
    } catch (thrown) {
      setProblem(Problem.from(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="page sign-in">
      <header className="page-head">
        <h1>Sign in</h1>
        <p className="lead">Reading is open to everyone. Measuring, verifying and drawing matrices need a token.</p>
      </header>
      {params.has("spent") && !problem && (
        <p className="hint" role="status">
          The link you followed was used before or is older than ten minutes. Sign in with a token instead.
        </p>
      )}
      <Panel title="With a token" id="token-panel">
        <form className="sign-in-form" onSubmit={(event) => void submit(event)}>
          <label className="field">
            <span className="field-label">Token</span>
            <input className="input" type="password" name="token" autoComplete="off" spellCheck={false} autoFocus required value={token} onChange={(event) => setToken(event.target.value)} aria-describedby="token-help" />
          </label>
          <p className="field-help" id="token-help">
            On your own machine it is the text of the file <code>admin.token</code> in the data folder that <code>./zoo up</code> names when it starts (<code>~/.layerzoo/data</code> unless <code>--data</code> says otherwise).
          </p>
          <button type="submit" className="button primary" disabled={busy || token.trim() === ""}>
            {busy ? "Signing in" : "Sign in"}
          </button>
          {problem && <ProblemNotice problem={problem} />}
        </form>
      </Panel>
    </div>
  );
}
