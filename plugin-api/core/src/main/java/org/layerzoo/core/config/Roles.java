package org.layerzoo.core.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the component of a configuration that {@link Role} marks, also in nested records. */
public final class Roles {
    private Roles() {}

    public static Optional<Integer> read(Record config, Role.Kind kind) {
        for (RecordComponent c : config.getClass().getRecordComponents()) {
            Object v = Components.value(config, c);
            if (isRole(c, kind)) {
                return Optional.of(((Number) v).intValue());
            }
            if (v instanceof Record r) {
                Optional<Integer> inner = read(r, kind);
                if (inner.isPresent()) {
                    return inner;
                }
            }
        }
        return Optional.empty();
    }

    /** Dotted name of the marked component. */
    public static Optional<String> path(Class<?> type, Role.Kind kind) {
        for (RecordComponent c : type.getRecordComponents()) {
            if (isRole(c, kind)) {
                return Optional.of(c.getName());
            }
            if (c.getType().isRecord()) {
                Optional<String> inner = path(c.getType(), kind).map(p -> c.getName() + "." + p);
                if (inner.isPresent()) {
                    return inner;
                }
            }
        }
        return Optional.empty();
    }

    /** Dotted names of all components with the role: one option may set several that go together (query and key heads). */
    public static List<String> paths(Class<?> type, Role.Kind kind) {
        List<String> out = new ArrayList<>();
        for (RecordComponent c : type.getRecordComponents()) {
            if (isRole(c, kind)) {
                out.add(c.getName());
            } else if (c.getType().isRecord()) {
                paths(c.getType(), kind).forEach(p -> out.add(c.getName() + "." + p));
            }
        }
        return out;
    }

    private static boolean isRole(RecordComponent c, Role.Kind kind) {
        Role r = c.getAnnotation(Role.class);
        return r != null && r.value() == kind;
    }
}
