package org.layerzoo.runner.child;

/**
 * Thrown by a {@link JobHandler} to end its job with a message for the user instead of a stack trace.
 *
 * <p>The exit codes are those of the command line: 1 = the job ran and the answer is no, 2 = bad input, 3 = it could not
 * run.
 */
public final class JobProblem extends RuntimeException {
    private final Problem problem;

    /**
     * @param code stable name in lower case with hyphens, such as {@code wrong-shape}
     * @param exit 1, 2 or 3
     * @param message one sentence: what was wrong, what was expected, what was given
     */
    public JobProblem(String code, int exit, String message) {
        this(Problem.of(code, exit, message));
    }

    /** Ends the job with a problem as it stands. */
    public JobProblem(Problem problem) {
        super(problem.detail());
        this.problem = problem;
    }

    /** The problem as the user sees it. */
    public Problem problem() {
        return problem;
    }
}
