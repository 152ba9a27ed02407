import { startMock, TOKEN } from "../mock/server.mjs";

/** What is tested: a running registry (BASE_URL, with ZOO_TOKEN to sign in), or the mock. */
export interface Target {
  readonly url: string;
  /** Path and query that sign the dashboard in, once. */
  signIn(): Promise<string>;
  /** A token with the scope run. */
  readonly token: string;
  /** Lets the mock's jobs go on, which wait where a test looks at them on their way; a registry's go on by themselves. */
  proceed(): void;
  close(): Promise<void>;
}

export async function openTarget(): Promise<Target> {
  const base = process.env.ZOO_URL;
  if (base === undefined) {
    const mock = await startMock({ stepMs: 60, holdAfter: 2 });
    return { url: mock.url, token: TOKEN, signIn: async () => mock.signInPath, proceed: () => mock.release(), close: () => mock.close() };
  }
  const token = process.env.ZOO_TOKEN;
  if (!token) throw new Error("BASE_URL is set, so ZOO_TOKEN must hold a token with the scope run (the text of DATA/admin.token)");
  return { url: base.replace(/\/$/, ""), token, signIn: () => sessionCode(base, token), proceed: () => {}, close: async () => {} };
}

async function sessionCode(base: string, token: string): Promise<string> {
  const answer = await fetch(new URL("/api/v1/session/codes", base), { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  if (answer.status !== 201) throw new Error(`POST /api/v1/session/codes: expected 201, given ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { url: string }).url;
}
