/** Names that stand in formulas and are commands of the same name in LaTeX. */
const NAMES = "log|max|min|exp|alpha|beta|gamma|delta|epsilon|eta|kappa|lambda|mu|rho|sigma|tau";

/**
 * A complexity as plugins write it (`T E (D + N)`, `N log N`) as LaTeX; undefined where it is not a formula but words (`one head`),
 * which then are shown as words.
 */
export function orderTex(text: string): string | undefined {
  if (!/^[A-Za-z0-9^+*/()_,.{}\\ -]+$/.test(text)) return undefined;
  const unnamed = text.replace(/\\[a-z]+/g, "").replace(new RegExp(`\\b(${NAMES})\\b`, "g"), "");
  if (/[a-z]{3,}/i.test(unnamed)) return undefined;
  const factors = text
    .replace(new RegExp(`(?<!\\\\)\\b(${NAMES})\\b`, "g"), "\\$1")
    .replace(/\*/g, " ")
    // A product's factors stand a little apart; a sign brings its own room.
    .replace(/(?<![+\-(]) +(?![+\-)])/g, "\\,");
  return text.startsWith("O(") ? factors : `O(${factors})`;
}

/** Whether a complexity says that there is nothing, as a state that is not kept. */
export function isNone(text: string): boolean {
  return text === "" || text === "0" || text === "none";
}
