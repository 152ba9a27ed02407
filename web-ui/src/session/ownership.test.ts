import { expect, test } from "vitest";
import type { Session } from "../api/types";
import { heldBy, mayChange } from "./ownership";

const who = (owner: string, ...scopes: Session["scopes"]): Session => ({ authenticated: true, name: `laptop of ${owner}`, owner, scopes });

test("the owner and administrators may change a thing, others may not and hear whose it is", () => {
  expect(mayChange(who("alice", "read", "run"), "alice")).toBe(true);
  expect(mayChange(who("bob", "read", "run"), "alice")).toBe(false);
  expect(heldBy(who("bob", "read", "run"), "alice")).toBe("alice");
  expect(mayChange(who("carol", "admin"), "alice")).toBe(true);
  expect(heldBy(who("carol", "admin"), "alice")).toBeUndefined();
});

test("what nobody is known to own is for all who may run", () => {
  expect(mayChange(who("bob", "run"), "")).toBe(true);
  expect(mayChange(who("bob", "run"), undefined)).toBe(true);
  expect(mayChange(who("bob", "read", "publish"), "")).toBe(false);
  expect(heldBy(who("bob", "run"), "")).toBeUndefined();
});

test("a reader without the scope run must sign in first, also where the owner's name is the same", () => {
  expect(mayChange(undefined, "alice")).toBe(false);
  expect(mayChange(who("alice", "read"), "alice")).toBe(false);
  expect(heldBy(who("bob", "read"), "alice")).toBeUndefined();
});
