import { SIZE, sketchOf } from "./sketches";

const FAINTEST = 0.06;

/** The family's sketch; decoration beside a name, so hidden from screen readers. */
export function Glyph({ family, size = 28 }: { family: string; size?: number }) {
  const sketch = sketchOf(family);
  const cells = Array.from({ length: SIZE * SIZE }, (_, at) => ({ row: Math.floor(at / SIZE), column: at % SIZE }));
  return (
    <svg className="glyph" width={size} height={size} viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
      {cells.map(({ row, column }) => (
        <rect key={`${row}-${column}`} x={column + 0.06} y={row + 0.06} width="0.88" height="0.88" opacity={Math.max(FAINTEST, sketch(row, column))} />
      ))}
    </svg>
  );
}
