/**
 * The kinds of job: run, verification, benchmark, matrix and the others of the command line. Each is a
 * {@link org.layerzoo.runner.child.JobHandler} that runs in a child JVM, the only place where plugins' code is executed; what it
 * returns is the document that the command prints with {@code --json} and that the registry stores.
 */
package org.layerzoo.runner.job;
