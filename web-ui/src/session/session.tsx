import { createContext, use, useMemo, type ReactNode } from "react";
import { session as getSession, signOut } from "../api/client";
import { useResource } from "../api/resource";
import type { Session } from "../api/types";

interface SessionState {
  readonly session: Session | undefined;
  readonly mayRun: boolean;
  /** Asks again, after a sign-in. */
  reload(): void;
  leave(): Promise<void>;
}

const Context = createContext<SessionState>({ session: undefined, mayRun: false, reload: () => {}, leave: async () => {} });

/** Who is signed in. The cookie is out of a script's sight, so the registry is asked. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const { data, reload } = useResource("session", getSession);
  const value = useMemo<SessionState>(
    () => ({
      session: data,
      mayRun: data?.scopes.includes("run") ?? false,
      reload,
      leave: async () => {
        await signOut();
        reload();
      },
    }),
    [data, reload],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSession(): SessionState {
  return use(Context);
}
