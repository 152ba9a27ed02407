package org.layerzoo.core;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An SPI type that may still change in a minor version: no paper has proven it yet. */
@Documented
@Retention(RetentionPolicy.CLASS)
public @interface Experimental {
    String since();
}
