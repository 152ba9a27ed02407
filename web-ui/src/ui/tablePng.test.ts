import { expect, test } from "vitest";
import { broken } from "./tablePng";

const letters = (text: string) => text.length;

test("a text is broken between words, and a word that is too wide has a line of its own", () => {
  expect(broken("memory of the op linear in T", 12, letters)).toEqual(["memory of", "the op", "linear in T"]);
  expect(broken("flash-attention-2 here", 10, letters)).toEqual(["flash-attention-2", "here"]);
  expect(broken("", 10, letters)).toEqual([""]);
});
