import { Marked, type Token, type Tokens } from "marked";

export interface MathToken {
  readonly type: "math";
  readonly raw: string;
  readonly text: string;
  readonly display: boolean;
}

/** Markdown with `$inline$` and `$$display$$` formulas, which are taken out before emphasis can see their underscores. */
const reader = new Marked({
  extensions: [
    {
      name: "math",
      level: "block",
      start: (src: string) => src.indexOf("$$"),
      tokenizer: (src: string) => math(/^\$\$([\s\S]+?)\$\$[ \t]*(?:\n+|$)/.exec(src), true) as unknown as Tokens.Generic | undefined,
    },
    {
      name: "math",
      level: "inline",
      start: (src: string) => src.indexOf("$"),
      tokenizer: (src: string) =>
        (math(/^\$\$([\s\S]+?)\$\$/.exec(src), true) ?? math(/^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/.exec(src), false)) as unknown as
          | Tokens.Generic
          | undefined,
    },
  ],
});

function math(match: RegExpExecArray | null, display: boolean): MathToken | undefined {
  return match ? { type: "math", raw: match[0], text: match[1]!.trim(), display } : undefined;
}

export type MarkdownToken = Token | MathToken;

export function readMarkdown(text: string): MarkdownToken[] {
  return reader.lexer(text) as MarkdownToken[];
}

/** Addresses that a link of a card may have: nothing that a browser would run. */
export function safeHref(href: string): string | undefined {
  try {
    const url = new URL(href, "https://layerzoo.invalid/");
    return url.protocol === "https:" || url.protocol === "http:" || url.protocol === "mailto:" ? href : undefined;
  } catch {
    return undefined;
  }
}
