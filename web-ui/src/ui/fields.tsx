import { useEffect, useState, type ReactNode } from "react";

/** A name above controls that carry their own label for screen readers. */
export function Labelled({ name, help, children }: { name: string; help?: string; children: ReactNode }) {
  return (
    <div className="field">
      <span className="field-label" aria-hidden="true">
        {name}
      </span>
      {children}
      {help && <p className="field-help">{help}</p>}
    </div>
  );
}

/** A whole number from 1 to `max`, handed on when the field is left or by the enter key. */
export function WholeField({ name, value, max, onChange }: { name: string; value: number; max: number; onChange(value: number): void }) {
  const [typed, setTyped] = useState(String(value));
  useEffect(() => setTyped(String(value)), [value]);
  const number = Number(typed);
  const valid = typed.trim() !== "" && Number.isInteger(number) && number >= 1 && number <= max;
  return (
    <label className="field" data-invalid={!valid || undefined}>
      <span className="field-label">{name}</span>
      <input
        className="input tabular"
        inputMode="numeric"
        autoComplete="off"
        aria-invalid={!valid}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => (valid ? onChange(number) : setTyped(String(value)))}
        onKeyDown={(event) => event.key === "Enter" && valid && onChange(number)}
      />
      {!valid && <span className="field-issue">Expected a whole number from 1 to {max}.</span>}
    </label>
  );
}
