package org.layerzoo.core.spi;

/** What a port is for. CARRY: a stack wires equal names from one layer to the next. AUXILIARY: produced only when asked for. */
public enum PortRole {
    REQUIRED,
    OPTIONAL,
    CARRY,
    AUXILIARY
}
