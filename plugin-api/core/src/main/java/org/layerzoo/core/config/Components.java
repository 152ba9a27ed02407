package org.layerzoo.core.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** Reflection over records, in one place. */
final class Components {
    private Components() {}

    static Object value(Record r, RecordComponent c) {
        try {
            var m = c.getAccessor();
            m.setAccessible(true);
            return m.invoke(r);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + c, e);
        }
    }

    /** @throws ZooException BAD_CONFIG with the message of the record's own constructor check */
    static <C> C create(Class<C> type, Object[] values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<C> k = type.getDeclaredConstructor(types);
            k.setAccessible(true);
            return k.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new ZooException(
                    ErrorCode.BAD_CONFIG,
                    "config " + type.getSimpleName() + ": " + e.getCause().getMessage(),
                    e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot create " + type, e);
        }
    }

    /** Name of an alternative of a sealed type, or of an enum constant, as configs write it: TopK -> top-k. */
    static String label(String javaName) {
        return javaName.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .replace('_', '-')
                .toLowerCase(Locale.ROOT);
    }
}
