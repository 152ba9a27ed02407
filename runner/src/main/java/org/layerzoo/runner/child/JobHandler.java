package org.layerzoo.runner.child;

/**
 * What runs one kind of job, found by {@link java.util.ServiceLoader} in the child JVM and used for one job only.
 *
 * <p>A handler reports a wrong input or a negative answer by throwing {@link JobProblem}; whatever else it throws ends
 * the job as failed, with one line for the user and the stack trace in the log.
 */
public interface JobHandler {
    /** The kind of job in lower case, such as {@code benchmark}; unique on the class path. */
    String kind();

    /**
     * Runs the job on the calling thread.
     *
     * <p>On cancellation {@link JobContext#cancelled()} turns true and the thread is interrupted; a handler that does
     * not end within the grace period is killed.
     *
     * @throws JobProblem when the specification is wrong or the answer is no
     */
    JobResult run(JobContext context) throws Exception;
}
