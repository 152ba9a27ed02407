package org.layerzoo.core.spi;

/** A rule of the conformance suite that this honest paper breaks, and why; shown on its card. */
public record Waiver(String rule, String reason) {}
