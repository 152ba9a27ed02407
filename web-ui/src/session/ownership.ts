import type { Session } from "../api/types";

/**
 * Whether the reader may end or change what somebody asked for: its owner and administrators may. What nobody is known to own is for all
 * who may run. The registry decides; this says beforehand what it will say.
 */
export function mayChange(session: Session | undefined, owner: string | undefined): boolean {
  if (session === undefined) return false;
  if (session.scopes.includes("admin")) return true;
  return session.scopes.includes("run") && (!owner || owner === session.owner);
}

/** Why a reader who may run may not, where something belongs to somebody else; undefined otherwise. */
export function heldBy(session: Session | undefined, owner: string | undefined): string | undefined {
  return owner && session?.scopes.includes("run") && !mayChange(session, owner) ? owner : undefined;
}
