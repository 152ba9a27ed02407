import { expect, test } from "vitest";
import { readMarkdown, safeHref, type MathToken } from "./markdown";

function formulas(text: string): MathToken[] {
  const found: MathToken[] = [];
  const walk = (tokens: readonly unknown[] | undefined): void =>
    tokens?.forEach((token) => {
      const { type, tokens: children, items } = token as { type: string; tokens?: unknown[]; items?: unknown[] };
      if (type === "math") found.push(token as MathToken);
      walk(children);
      walk(items);
    });
  walk(readMarkdown(text));
  return found;
}

test("underscores and stars in a formula are no emphasis", () => {
  expect(formulas("state $h_t * S_t$ and $a_1 b_1$").map((m) => m.text)).toEqual(["h_t * S_t", "a_1 b_1"]);
});

test("double dollars make a formula of its own, over several lines", () => {
  const [formula] = formulas("text\n\n$$\ny = \\sum_n C_n\n+ D\n$$\n\nmore");
  expect(formula).toMatchObject({ display: true, text: "y = \\sum_n C_n\n+ D" });
});

test("formulas are found in lists", () => {
  expect(formulas("- work $O(T)$\n- memory $O(1)$")).toHaveLength(2);
});

test("dollars of money and in code are no formulas", () => {
  expect(formulas("from $5 to $10")).toEqual([]);
  expect(formulas("`$HOME` and `$x$`")).toEqual([]);
});

test("links may not run anything", () => {
  expect(safeHref("https://arxiv.org/abs/1")).toBe("https://arxiv.org/abs/1");
  expect(safeHref("javascript:alert(1)")).toBeUndefined();
  expect(safeHref("data:text/html,x")).toBeUndefined();
});
