import { expect, test } from "vitest";
import { placed, textBox } from "./labels";

const FRAME = { left: 0, top: 0, right: 200, bottom: 100 };

test("a name stands to the right of its point, and to the left where the frame ends", () => {
  const points = [
    { x: 50, y: 50 },
    { x: 190, y: 80 },
  ];
  const labels = placed([{ text: "first", ...points[0]! }, { text: "last", ...points[1]! }], points, [], FRAME);
  expect(labels.map((label) => label.anchor)).toEqual(["start", "end"]);
});

test("names meet neither one another nor points nor what is taken, and one without room is left out", () => {
  const points = Array.from({ length: 6 }, (_, i) => ({ x: 80 + 2 * i, y: 50 }));
  const taken = [textBox("a line's name", 10, 12, "start")];
  const labels = placed(points.map((point, i) => ({ text: `mixer ${i}`, ...point })), points, taken, FRAME);
  expect(labels.length).toBeGreaterThan(1);
  expect(labels.length).toBeLessThan(points.length);
  const boxes = [...taken, ...labels.map((label) => textBox(label.text, label.x, label.y, label.anchor))];
  for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
});
