import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { significant } from "../format/units";
import { useTheme } from "../ui/theme";
import { colourMap, STEPS } from "./colormap";
import { DECADES, extent, share, type Extent, type HeatScale } from "./scale";

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A matrix as a picture: rows are outputs, columns inputs. The pointer or the arrow keys read single entries. */
export function HeatMap({ rows, label, scale }: { rows: readonly (readonly number[])[]; label: string; scale: HeatScale }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<Cell | undefined>();
  const theme = useTheme().resolved;
  const range = useMemo(() => extent(rows), [rows]);
  const height = rows.length;
  const width = rows[0]?.length ?? 0;

  useEffect(() => {
    if (canvas.current) paint(canvas.current, rows, range, scale, theme);
  }, [rows, range, scale, theme]);

  const point = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setCell(clamp({ row: Math.floor(((event.clientY - box.top) / box.height) * height), column: Math.floor(((event.clientX - box.left) / box.width) * width) }, height, width));
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const from = cell ?? { row: 0, column: 0 };
    setCell(clamp({ row: from.row + step[0]!, column: from.column + step[1]! }, height, width));
  };
  const read = cell && rows[cell.row]?.[cell.column];
  return (
    <div className="heat">
      <div className="heat-frame">
        <span className="heat-axis heat-axis-y" aria-hidden="true">
          output i
        </span>
        <div className="heat-canvas">
          <canvas ref={canvas} tabIndex={0} role="img" aria-label={`${label}. ${height} by ${width}. Arrow keys read single entries.`} width={width} height={height} onPointerMove={point} onPointerLeave={() => setCell(undefined)} onKeyDown={move} onBlur={() => setCell(undefined)} />
          {cell && <span className="heat-cursor" aria-hidden="true" style={{ left: `${(cell.column / width) * 100}%`, top: `${(cell.row / height) * 100}%`, width: `${100 / width}%`, height: `${100 / height}%` }} />}
        </div>
        <span className="heat-axis heat-axis-x" aria-hidden="true">
          input j
        </span>
      </div>
      <Bar theme={theme} range={range} scale={scale} />
      <p className="heat-read tabular" role="status">
        {cell && read !== undefined ? `i = ${cell.row}, j = ${cell.column}: ${significant(read, 4)}` : "Point at an entry to read it."}
      </p>
    </div>
  );
}

function clamp(cell: Cell, height: number, width: number): Cell {
  return { row: Math.min(height - 1, Math.max(0, cell.row)), column: Math.min(width - 1, Math.max(0, cell.column)) };
}

function paint(canvas: HTMLCanvasElement, rows: readonly (readonly number[])[], range: Extent, scale: HeatScale, theme: "light" | "dark"): void {
  const context = canvas.getContext("2d");
  const width = rows[0]?.length ?? 0;
  if (!context || width === 0) return;
  const table = colourMap(theme);
  const image = context.createImageData(width, rows.length);
  rows.forEach((row, i) =>
    row.forEach((value, j) => {
      const at = 3 * Math.round(share(value, range, scale) * (STEPS - 1));
      image.data.set([table[at]!, table[at + 1]!, table[at + 2]!, 255], 4 * (i * width + j));
    }),
  );
  context.putImageData(image, 0, 0);
}

function Bar({ theme, range, scale }: { theme: "light" | "dark"; range: Extent; scale: HeatScale }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const ramp = [Array.from({ length: STEPS }, (_, i) => i)];
    if (canvas.current) paint(canvas.current, ramp, { min: 0, max: STEPS - 1 }, "linear", theme);
  }, [theme]);
  return (
    <div className="heat-bar">
      <span className="tabular">{scale === "log" ? `≤ ${significant(range.max / 10 ** DECADES, 2)}` : "0"}</span>
      <canvas ref={canvas} width={STEPS} height={1} aria-hidden="true" />
      <span className="tabular">{significant(range.max)}</span>
    </div>
  );
}
