package org.layerzoo.core;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An SPI type that changes only with the SPI's major version. */
@Documented
@Retention(RetentionPolicy.CLASS)
public @interface Stable {
    String since();
}
