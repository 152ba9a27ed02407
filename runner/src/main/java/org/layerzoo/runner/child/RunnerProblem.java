package org.layerzoo.runner.child;

import java.util.Locale;

/** The problems that the runner itself finds, each with its stable code, title and exit code. */
public enum RunnerProblem {
    /** The child ran longer than its wall time. */
    LIMIT_TIME("The job took too long", 3),
    /** The child and its descendants held more memory than allowed. */
    LIMIT_MEMORY("The job needed too much memory", 3),
    /** The Java heap of the child was full. */
    LIMIT_HEAP("The job needed too much heap", 3),
    /** The child and its descendants had more threads than allowed. */
    LIMIT_PROCESSES("The job started too many threads or processes", 3),
    /** The child wrote more output than anybody could read. */
    LIMIT_OUTPUT("The job wrote too much output", 3),
    /** The child JVM could not be started. */
    CHILD_START("The job's process did not start", 3),
    /** The child ended by itself without a result. */
    CHILD_EXITED("The job's process ended early", 3),
    /** The child was ended by a signal that the runner did not send. */
    CHILD_CRASHED("The job's process crashed", 3),
    /** The child broke the protocol on its pipe. */
    CHILD_PROTOCOL("The job's process sent garbage", 3),
    /** The handler threw something that is not a {@link JobProblem}. */
    JOB_THREW("The job broke off", 3),
    /** The result names files that are not there or not the job's, or is too large. */
    RESULT_INVALID("The job's result is unusable", 3),
    /** No handler on the class path knows this kind of job. */
    JOB_KIND_UNKNOWN("Unknown kind of job", 2),
    /** The job's description cannot be read. */
    JOB_UNREADABLE("Unreadable job", 2),
    /** The runner's own parts do not fit together, so that it can say nothing about a plugin. */
    RUNNER_BROKEN("The runner is not whole", 3),
    /** The agent was told to end while the job ran. */
    RUNNER_STOPPED("The runner was stopped", 3);

    private final String title;
    private final int exitCode;

    RunnerProblem(String title, int exitCode) {
        this.title = title;
        this.exitCode = exitCode;
    }

    /** The stable code, such as {@code limit-time}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** This problem in one case. */
    public Problem with(String detail) {
        return new Problem(code(), title, detail, exitCode);
    }
}
