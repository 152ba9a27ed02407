/**
 * The command line. Commands read plugins' metadata themselves; whatever runs plugins' code is a job in a child JVM with limits.
 * stdout carries the answer (one JSON document with {@code --json}), stderr everything else.
 */
package org.layerzoo.cli;
