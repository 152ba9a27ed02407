const SIZE = 7;

/** How strongly output i draws on input j in a family's typical mechanism: a sketch that tells families apart, no measurement. */
const PATTERNS: Readonly<Record<string, (i: number, j: number) => number>> = {
  "softmax-attention": (i, j) => (j > i ? 0 : [1, 0.35, 0.75, 0.25, 0.55, 0.9, 0.3][(3 * i + 5 * j) % 7]!),
  "linear-attention": (i, j) => (j > i ? 0 : 0.35 + 0.65 * (((i * 2 + 1) % 3) / 2) * (((j * 3 + 2) % 4) / 3)),
  "local-and-sparse-attention": (i, j) => (Math.abs(i - j) <= 1 ? 1 : j === 0 || i === 0 ? 0.45 : 0),
  "recurrent-and-ssm": (i, j) => (j > i ? 0 : 0.72 ** (i - j)),
  "convolution-and-spectral": (i, j) => 0.5 + 0.5 * Math.cos(((i - j) * Math.PI) / 2.2),
  "mlp-and-pooling": (i, j) => (i === j ? 1 : 0.14),
  "kv-cache": (i, j) => (j > i ? 0 : [0, 1, 4].includes(j) || i - j < 2 ? 1 : 0.12),
  "token-reduction": (i, j) => ([0, 2, 5].includes(j) && i < 4 ? 0.9 : 0.12),
};

function fallback(i: number, j: number): number {
  return i === j ? 0.9 : (i + j) % 3 === 0 ? 0.3 : 0.1;
}

/** The family's sketch; decoration beside a name, so hidden from screen readers. */
export function Glyph({ family, size = 28 }: { family: string; size?: number }) {
  const pattern = PATTERNS[family] ?? fallback;
  const cells = Array.from({ length: SIZE * SIZE }, (_, at) => ({ row: Math.floor(at / SIZE), column: at % SIZE }));
  return (
    <svg className="glyph" width={size} height={size} viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
      {cells.map(({ row, column }) => (
        <rect key={`${row}-${column}`} x={column + 0.06} y={row + 0.06} width="0.88" height="0.88" opacity={Math.max(0.06, pattern(row, column))} />
      ))}
    </svg>
  );
}
