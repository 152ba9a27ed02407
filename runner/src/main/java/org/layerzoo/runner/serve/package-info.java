/**
 * The child's end of serving: one process that holds one deployed model and answers requests on a socket.
 *
 * <p>The socket speaks {@link org.layerzoo.runner.serve.Wire}: a request frame, then one answer frame, or several of
 * which all but the last carry {@code "more": true}. The first frame of a connection must be {@code hello} with the
 * deployment's secret. Requests are {@code infer}, {@code open}, {@code step} and {@code close}.
 */
package org.layerzoo.runner.serve;
