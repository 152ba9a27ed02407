package org.layerzoo.runner.child;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** How a job ended. */
public sealed interface Outcome {
    /** The exit code of a command that ran this job: 0 to 3. */
    int exitCode();

    /**
     * The job gave a result.
     *
     * @param json the result document
     * @param files its files, absolute paths inside the job folder
     */
    record Succeeded(JsonNode json, List<Path> files) implements Outcome {
        public Succeeded {
            Objects.requireNonNull(json, "json");
            files = List.copyOf(files);
        }

        @Override
        public int exitCode() {
            return 0;
        }
    }

    /** The job ran and says no (exit 1) or was given bad input (exit 2). */
    record Refused(Problem problem) implements Outcome {
        public Refused {
            if (problem.exitCode() == 3) {
                throw new IllegalArgumentException("a refusal has exit code 1 or 2: " + problem);
            }
        }

        @Override
        public int exitCode() {
            return problem.exitCode();
        }
    }

    /** The job could not run to its end (exit 3). */
    record Failed(Problem problem) implements Outcome {
        public Failed {
            if (problem.exitCode() != 3) {
                throw new IllegalArgumentException("a failure has exit code 3: " + problem);
            }
        }

        @Override
        public int exitCode() {
            return 3;
        }
    }

    /** The job was cancelled before it gave a result (exit 3). */
    record Cancelled() implements Outcome {
        @Override
        public int exitCode() {
            return 3;
        }
    }

    /** The outcome that a problem's exit code asks for. */
    static Outcome of(Problem problem) {
        return problem.exitCode() == 3 ? new Failed(problem) : new Refused(problem);
    }
}
