import type { Environment } from "../api/types";

/** The machine of a measurement in one line; what is not known of it is left out. */
export function machineLine(env: Environment): string {
  const threads = env.threads === undefined ? "" : `${env.threads} threads`;
  return [env.cpu, threads, env.backend && `backend ${env.backend}`, env.device && env.device !== env.cpu ? env.device : "", env.jdk && `JDK ${env.jdk}`].filter(Boolean).join(", ");
}
