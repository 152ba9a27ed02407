import { useMemo, type ReactNode } from "react";
import type { Tokens } from "marked";
import { readMarkdown, safeHref, type MarkdownToken, type MathToken } from "./markdown";
import { Tex } from "./Tex";

/** Markdown as elements. Raw HTML in it is shown as text: a plugin's card is foreign input. */
export function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => belowPage(readMarkdown(text)), [text]);
  return <div className="prose">{many(tokens)}</div>;
}

/** The page's own headings end at level 2, so the highest of the text becomes level 3, whatever it was. */
function belowPage(tokens: readonly MarkdownToken[]): MarkdownToken[] {
  const highest = Math.min(...tokens.flatMap((token) => (token.type === "heading" ? [(token as Tokens.Heading).depth] : [])));
  return tokens.map((token) => (token.type === "heading" ? { ...(token as Tokens.Heading), depth: (token as Tokens.Heading).depth - highest + 3 } : token));
}

function many(given: readonly unknown[] | undefined): ReactNode {
  const tokens = (given ?? []) as readonly MarkdownToken[];
  return tokens.map((token, i) => {
    const next = tokens[i + 1];
    const mark = token.type === "math" && !(token as MathToken).display ? leadingMark(next) : "";
    const before = tokens[i - 1];
    const taken = before?.type === "math" && !(before as MathToken).display ? leadingMark(token) : "";
    if (mark !== "") {
      return (
        <span key={i} className="together">
          <One token={token} />
          {mark}
        </span>
      );
    }
    return <One key={i} token={taken === "" ? token : { ...(token as Tokens.Text), text: (token as Tokens.Text).text.slice(taken.length) }} />;
  });
}

/** The punctuation that a text begins with: it must not go to the next line without the formula before it. */
function leadingMark(token: MarkdownToken | undefined): string {
  return token?.type === "text" && !(token as Tokens.Text).tokens ? (/^[.,;:)]+/.exec((token as Tokens.Text).text)?.[0] ?? "") : "";
}

function One({ token }: { token: MarkdownToken }): ReactNode {
  switch (token.type) {
    case "math": {
      const math = token as MathToken;
      return <Tex source={math.text} display={math.display} />;
    }
    case "heading":
      return <Heading token={token as Tokens.Heading} />;
    case "paragraph":
      return <p>{many((token as Tokens.Paragraph).tokens)}</p>;
    case "list":
      return <List token={token as Tokens.List} />;
    case "blockquote":
      return <blockquote>{many((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    default:
      return <Inline token={token} />;
  }
}

function Inline({ token }: { token: MarkdownToken }): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{many((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{many((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{many((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const link = token as Tokens.Link;
      const href = safeHref(link.href);
      return href === undefined ? <>{many(link.tokens)}</> : <a href={href}>{many(link.tokens)}</a>;
    }
    case "image":
      return <>{(token as Tokens.Image).text}</>;
    case "text": {
      const text = token as Tokens.Text;
      return text.tokens ? many(text.tokens) : text.text;
    }
    case "escape":
      return (token as Tokens.Escape).text;
    default:
      return token.raw;
  }
}

function Heading({ token }: { token: Tokens.Heading }) {
  const Level = `h${Math.min(6, token.depth)}` as "h3";
  return <Level>{many(token.tokens)}</Level>;
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, i) => <li key={i}>{many(item.tokens)}</li>);
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="table">
      <table className="table">
        <thead>
          <tr>
            {token.header.map((cell, i) => (
              <th key={i} scope="col">
                {many(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{many(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
