package org.layerzoo.figures;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test class whose figure is how many of its cases held: kept as {@link Figures} when all of them did. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(CaseCounter.class)
public @interface CountsCases {
    /** What the cases do, for the table: {@code a disk without room}. */
    String value();
}
