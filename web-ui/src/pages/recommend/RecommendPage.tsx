import { useState } from "react";
import { useCatalogue } from "../../api/catalogue";
import * as api from "../../api/client";
import { Problem } from "../../api/problem";
import { useResource } from "../../api/resource";
import { readQuestion, writeQuestion, type Question } from "../../recommend/question";
import { ProblemNotice, Skeleton } from "../../ui/Notice";
import { useAddress } from "../../ui/address";
import { useTitle } from "../../ui/title";
import { Measuring, type Ended } from "./Measuring";
import { QuestionForm } from "./QuestionForm";
import { Ranking } from "./Ranking";
import { Unmeasured } from "./Unmeasured";

/** Which mixer is fastest here, for one question that stands in the address. */
export function RecommendPage() {
  useTitle("Recommend");
  const [question, change] = useAddress(readQuestion, writeQuestion);
  const { jobs, ...asked } = question;
  const { data: plugins } = useCatalogue();
  const { data, problem, reload } = useResource(JSON.stringify(asked), (signal) => api.recommendation(asked, signal));
  const [starting, setStarting] = useState(false);
  const [refusal, setRefusal] = useState<Problem | undefined>();
  const [ended, setEnded] = useState<Ended | undefined>();
  // Another question's benchmarks go on, but their figures are no answer to this one.
  const ask = (next: Question) => {
    setEnded(undefined);
    setRefusal(undefined);
    change({ ...next, jobs: [] });
  };

  const measure = async (ids: readonly string[]) => {
    setStarting(true);
    setRefusal(undefined);
    setEnded(undefined);
    const { length, dim, heads, pass, backend } = asked;
    const begun: string[] = [];
    try {
      // A benchmark each: one that fails costs no other its figure, and figures come in while the rest is measured.
      for (const id of ids) {
        const job = await api.startBenchmark({ plugins: [{ id, version: "latest" }], lengths: [length], dim, heads, pass, backend, dtype: "f32", unit: "layer", batch: 1 });
        begun.push(job.id);
      }
    } catch (thrown) {
      setRefusal(Problem.from(thrown));
    } finally {
      setStarting(false);
      if (begun.length > 0) change({ ...question, jobs: begun });
    }
  };

  return (
    <div className="page compare-page">
      <header className="page-head">
        <h1>Recommend</h1>
        <p className="lead">Which mixer is fastest on this machine at the length you have in mind, by what was measured here.</p>
      </header>
      <div className="compare-columns">
        <QuestionForm question={question} plugins={plugins} onAsk={ask} />
        <div className="compare-result recommend-result">
          {problem && <ProblemNotice problem={problem} retry={reload} />}
          {!data && !problem && <Skeleton lines={6} label="Loading the ranking" />}
          {data && <Ranking recommendation={data} />}
          {jobs.length > 0 && (
            <Measuring
              key={jobs.join()}
              jobs={jobs}
              onStep={reload}
              onEnd={(outcome) => {
                setEnded(outcome);
                reload();
                change({ ...question, jobs: [] });
              }}
            />
          )}
          {data && <Unmeasured recommendation={data} ended={ended} busy={starting || jobs.length > 0} problem={refusal} onMeasure={(ids) => void measure(ids)} />}
        </div>
      </div>
    </div>
  );
}
