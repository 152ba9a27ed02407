package org.layerzoo.registry.job;

/** Published when a job was queued, moved on, or ended. */
record JobChanged() {}
