package org.layerzoo.core.spi;

import java.util.function.ToIntFunction;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;

/** Example inputs worked out from a signature. */
final class Examples {
    private Examples() {}

    static Tensors draw(Signature s, Scale scale, Draws draws, ToIntFunction<String> axisSize) {
        Tensors in = Tensors.empty();
        for (Port p : s.in()) {
            if (p.role() != PortRole.REQUIRED) {
                continue;
            }
            if (!p.dtype().isFloating()) {
                throw ZooException.unsupported(
                        "port '" + p.name() + "' holds " + p.dtype() + ": the provider must give its own example()");
            }
            String[] names = p.axisNames();
            int[] dims = new int[names.length];
            for (int i = 0; i < names.length; i++) {
                dims[i] = size(names[i], scale, axisSize);
            }
            DType dtype = p.dtype() == DType.F32 ? scale.dtype() : p.dtype();
            in = in.with(p.name(), draws.normal("example." + p.name(), dtype, dims));
        }
        return in;
    }

    private static int size(String axis, Scale scale, ToIntFunction<String> axisSize) {
        if (axis.contains("=")) {
            return Integer.parseInt(axis.substring(axis.indexOf('=') + 1));
        }
        return switch (axis) {
            case "B" -> scale.batch();
            case "T" -> scale.length();
            case "h" -> scale.grid()[0];
            case "w" -> scale.grid()[1];
            default -> axisSize.applyAsInt(axis);
        };
    }

    /** D is the component with role DIM, H the one with role HEADS, d their quotient. */
    static int roleSize(Record config, String axis) {
        return switch (axis) {
            case "D" -> role(config, Role.Kind.DIM);
            case "H" -> role(config, Role.Kind.HEADS);
            case "d" -> role(config, Role.Kind.DIM) / role(config, Role.Kind.HEADS);
            default ->
                throw new ZooException(
                        ErrorCode.UNSUPPORTED,
                        "axis '" + axis + "' has no known size: the provider must answer axisSize");
        };
    }

    private static int role(Record config, Role.Kind kind) {
        return org.layerzoo.core.config.Roles.read(config, kind)
                .orElseThrow(() -> new ZooException(
                        ErrorCode.UNSUPPORTED,
                        config.getClass().getSimpleName() + " marks no component with @Role(" + kind + ")"));
    }
}
