import { Problem } from "../../api/problem";

const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;

function refuse(detail: string): Problem {
  return new Problem({ status: 0, code: "key-unusable", title: "This is no private key of ‘zoo keygen’", detail });
}

/** Signs a jar as the registry wants it, in this window: the key is never sent. */
export async function signature(jar: Blob, key: string): Promise<Blob> {
  const body = PEM.exec(key)?.[1];
  if (body === undefined) throw refuse("Expected a file that begins with -----BEGIN PRIVATE KEY-----.");
  const der = Uint8Array.from(atob(body.replace(/\s/g, "")), (c) => c.charCodeAt(0));
  let secret: CryptoKey;
  try {
    secret = await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
  } catch {
    throw refuse("Expected an Ed25519 key, and a browser that can sign with one. ‘./zoo publish’ signs as well.");
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await jar.arrayBuffer()));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const signed = await crypto.subtle.sign("Ed25519", secret, new TextEncoder().encode(`layerzoo-plugin-v1:${hex}`));
  return new Blob([signed]);
}
