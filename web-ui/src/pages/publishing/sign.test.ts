import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { signature } from "./sign";

test("the signature is of the jar's digest under the registry's prefix, by the key", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const signed = await signature(new Blob(["a jar"]), pem);
  const { createHash } = await import("node:crypto");
  const text = `layerzoo-plugin-v1:${createHash("sha256").update("a jar").digest("hex")}`;
  expect(signed.size).toBe(64);
  expect(verify(null, Buffer.from(text), createPublicKey(publicKey.export({ type: "spki", format: "pem" })), Buffer.from(await signed.arrayBuffer()))).toBe(true);
});

test("another file and another kind of key are refused in words", async () => {
  await expect(signature(new Blob(["a jar"]), "ssh-ed25519 AAAA")).rejects.toThrow("BEGIN PRIVATE KEY");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await expect(signature(new Blob(["a jar"]), privateKey.export({ type: "pkcs8", format: "pem" }).toString())).rejects.toThrow("Ed25519");
});
