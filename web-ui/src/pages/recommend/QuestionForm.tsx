import type { PluginSummary } from "../../api/types";
import { LIMITS, PASSES } from "../../bench/query";
import { words } from "../../format/units";
import { QUESTION_DEFAULTS, type Question } from "../../recommend/question";
import { Segments } from "../../ui/controls";
import { Labelled, WholeField } from "../../ui/fields";

interface Props {
  readonly question: Question;
  readonly plugins: readonly PluginSummary[] | undefined;
  onAsk(question: Question): void;
}

/** Every change asks at once: reading what is stored costs nothing. */
export function QuestionForm({ question, plugins, onAsk }: Props) {
  const backends = [...new Set(["auto", question.backend, ...(plugins ?? []).flatMap((plugin) => plugin.backends)])];
  return (
    <form className="compare-form panel" aria-label="What is asked" onSubmit={(event) => event.preventDefault()}>
      <div className="question-sizes">
        <WholeField name="Length in tokens" value={question.length} max={LIMITS.length} onChange={(length) => length !== question.length && onAsk({ ...question, length })} />
        <WholeField name="Width" value={question.dim} max={LIMITS.dim} onChange={(dim) => dim !== question.dim && onAsk({ ...question, dim })} />
      </div>
      <Labelled name="Pass">
        <Segments label="Pass" value={question.pass} choices={PASSES.map((pass) => [pass, words(pass)] as const)} onChange={(pass) => onAsk({ ...question, pass })} />
      </Labelled>
      <label className="toggle">
        <input type="checkbox" role="switch" checked={question.causal} onChange={(event) => onAsk({ ...question, causal: event.target.checked })} />
        Only causal mixers
      </label>
      <details className="more" open={question.heads !== QUESTION_DEFAULTS.heads || question.backend !== QUESTION_DEFAULTS.backend || undefined}>
        <summary>Heads and backend</summary>
        <div className="more-grid">
          <WholeField name="Heads" value={question.heads} max={LIMITS.heads} onChange={(heads) => heads !== question.heads && onAsk({ ...question, heads })} />
          <label className="field">
            <span className="field-label">Backend</span>
            <select className="input" value={question.backend} onChange={(event) => onAsk({ ...question, backend: event.target.value })}>
              {backends.map((backend) => (
                <option key={backend}>{backend}</option>
              ))}
            </select>
          </label>
        </div>
      </details>
      <p className="field-help">
        Layers with their projections, type f32, batch 1. In a terminal: <code className="break">{command(question)}</code>
      </p>
    </form>
  );
}

function command(question: Question): string {
  const d = QUESTION_DEFAULTS;
  const options = (["dim", "heads", "pass", "backend"] as const).filter((key) => question[key] !== d[key]).map((key) => ` --${key} ${question[key]}`);
  return `./zoo recommend --length ${question.length}${options.join("")}${question.causal ? " --causal" : ""}`;
}
