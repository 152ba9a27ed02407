package org.layerzoo.core.spi;

/** A declared streaming slot: kind is fixed, growing, ring, ragged, paged or host. */
public record StateSpec(String name, String kind, String axes, String doc) {}
