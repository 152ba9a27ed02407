/** Sections of a card that the page shows in panels of their own. */
const ELSEWHERE = new Set(["Cost", "Claims"]);

/**
 * What the page shows of a card under the heading of its panel: without title, without the line of authors and year, without the
 * heading that the panel has, and without what other panels show.
 */
export function cardBody(card: string): string {
  const [head = "", ...sections] = card.split(/^(?=## )/m);
  const opening = head.replace(/^\s*# .*$/m, "").replace(/^(?:[^\n]* · )?\d{4}(?: · [^\n]*)?$/m, "");
  const kept = sections.filter((section) => !ELSEWHERE.has(section.split("\n", 1)[0]!.slice(3).trim()));
  return [opening.trim(), ...kept.map((section) => section.replace(/^## Mechanism\s*\n/, "").trim())].filter((part) => part !== "").join("\n\n");
}
