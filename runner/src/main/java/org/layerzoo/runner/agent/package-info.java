/** The agent that leases jobs from a registry over {@code /api/v1/runner/*} and runs each in a child JVM. */
package org.layerzoo.runner.agent;
