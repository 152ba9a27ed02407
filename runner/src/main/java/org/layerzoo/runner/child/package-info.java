/**
 * Jobs in child JVMs.
 *
 * <p>A {@link org.layerzoo.runner.child.ChildProcess} forks one JVM a job and gives it a folder ({@code job.json},
 * {@code outputs/}) and a pipe, nothing else. On the pipe go frames: a big-endian 32-bit length, then one JSON document.
 *
 * <ul>
 *   <li>to the child: {@code start}, {@code cancel}
 *   <li>from the child: {@code hello}, {@code progress}, {@code log}, {@code announcement}, then one of {@code result} and {@code problem}
 * </ul>
 *
 * <p>Tensors travel as safetensors files in the folder. When the pipe closes the child ends what it forked and halts;
 * what it prints is its log. Kinds of job are {@link org.layerzoo.runner.child.JobHandler}s found by
 * {@link java.util.ServiceLoader} in the child.
 */
package org.layerzoo.runner.child;
