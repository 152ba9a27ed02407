/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Anchor {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export interface Label extends Anchor {
  readonly anchor: "start" | "middle" | "end";
}

const LETTER = 6.1;
const HEIGHT = 13;
const POINT = 7;
const GAP = 10;

/** The rectangle that a text of 11 pixels takes. */
export function textBox(text: string, x: number, y: number, anchor: Label["anchor"]): Box {
  const width = text.length * LETTER;
  const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
  return { left, top: y - HEIGHT + 3, right: left + width, bottom: y + 3 };
}

/**
 * Names beside their points: each goes to the first of four sides where it meets neither a point nor another name and stays within the
 * frame; a name without such a side is left out. Who comes first chooses first.
 */
export function placed(anchors: readonly Anchor[], points: readonly { readonly x: number; readonly y: number }[], taken: readonly Box[], frame: Box): Label[] {
  const boxes: Box[] = [...taken, ...points.map(({ x, y }) => ({ left: x - POINT, top: y - POINT, right: x + POINT, bottom: y + POINT }))];
  return anchors.flatMap(({ text, x, y }) => {
    const sides: Label[] = [
      { text, x: x + GAP, y: y + 4, anchor: "start" },
      { text, x: x - GAP, y: y + 4, anchor: "end" },
      { text, x, y: y - GAP, anchor: "middle" },
      { text, x, y: y + GAP + 9, anchor: "middle" },
    ];
    const free = sides.find((side) => {
      const box = textBox(text, side.x, side.y, side.anchor);
      return inside(box, frame) && !boxes.some((other) => meet(box, other));
    });
    if (free) boxes.push(textBox(text, free.x, free.y, free.anchor));
    return free ? [free] : [];
  });
}

function inside(box: Box, frame: Box): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
