package org.layerzoo.core.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks the component that {@code --dim}, {@code --heads} or {@code --lengths} sets. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
public @interface Role {
    Kind value();

    /** DIM is the model width D, HEADS the number of (query) heads, LENGTH a fixed token count. */
    enum Kind {
        DIM,
        HEADS,
        LENGTH
    }
}
