package org.layerzoo.testkit.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What holds of parameters: stable names, round trip through a file, initial scale, the declared residual. */
final class StorageRules<C extends Record> {
    private final LayerSubject<C> s;

    StorageRules(LayerSubject<C> s) {
        this.s = s;
    }

    List<Rules.Named> rules() {
        return List.of(
                new Rules.Named("save and load", this::saveAndLoad),
                new Rules.Named("initial scale", this::initialScale),
                new Rules.Named("declared residual", this::residual),
                new Rules.Named("deployed form", this::deployed));
    }

    private String saveAndLoad() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Tensors before = s.run(m, in);
        Model other = Models.build("", s.provider, s.config(Size.TINY, s.length()), Models.Options.of(s.seed + 1));
        Path file = temporary();
        try {
            Safetensors.write(file, m.params().values(), Map.of("format", "layerzoo"));
            other.params().load(Safetensors.read(file).tensors(), true);
            Expect.sameBits("after a round trip through a file", s.run(other, in), before);
        } finally {
            delete(file);
        }
        refusesUnknown(other.params());
        return m.params().params().size() + " parameters, " + m.params().count() + " numbers";
    }

    private static void refusesUnknown(ParamTree p) {
        try {
            p.load(Tensors.of("no.such.parameter", Tensor.scalar(DType.F32, 1)), false);
        } catch (ZooException e) {
            Expect.isTrue(
                    e.getMessage().contains("no.such.parameter"),
                    "the error does not name the unknown parameter: " + e.getMessage());
            return;
        }
        Expect.isTrue(false, "an unknown parameter was accepted");
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("layerzoo-", ".safetensors");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path p) {
        try {
            Files.deleteIfExists(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Random weight matrices start within a factor of three of a scheme the field uses: 0.02 or 1e-3 to 1e-2 normals, or a
     * deviation between 1/sqrt(3 fan-in) and sqrt(2 / fan-in). Values that do not depend on the seed are the paper's own.
     */
    private String initialScale() {
        Model m = s.model(Size.TEST, s.length(), DType.F32);
        Model other = Models.build("", s.provider, s.config(Size.TEST, s.length()), Models.Options.of(s.seed + 1));
        int looked = 0;
        for (Param p : m.params().params().values()) {
            Expect.isTrue(Errors.finite(p.value()), "initial values of " + p + " are not finite");
            OptionalDouble std = randomDeviation(p, other.params().param(p.path()));
            if (std.isPresent()) {
                double fanIn =
                        (double) p.spec().shape().product(1, p.spec().shape().rank());
                double lo = Math.min(0.02, 1 / Math.sqrt(3 * fanIn)) / 3;
                double hi = Math.max(0.02, Math.sqrt(2 / fanIn)) * 3;
                Expect.isTrue(
                        std.getAsDouble() <= hi && std.getAsDouble() >= Math.min(lo, 3e-4),
                        "initial deviation of " + p + " is " + std.getAsDouble() + ", usual schemes for fan-in "
                                + (long) fanIn + " lie in " + lo + ".." + hi);
                looked++;
            }
        }
        return looked + " random weight matrices";
    }

    private static OptionalDouble randomDeviation(Param p, Param other) {
        if (p.spec().shape().rank() < 2 || p.spec().shape().size() < 64 || Errors.sameBits(p.value(), other.value())) {
            return OptionalDouble.empty();
        }
        double[] v = p.value().toDoubles();
        double mean = java.util.Arrays.stream(v).average().orElseThrow();
        double var = java.util.Arrays.stream(v)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow();
        return OptionalDouble.of(Math.sqrt(var));
    }

    /** With every weight matrix zero, a layer that owns its residual hands x through, and one that does not gives no trace of it. */
    private String residual() {
        Port in = s.signature().tokenInput().orElse(null);
        Port out = s.signature().tokenOutput().orElse(null);
        Model m = s.model(Size.TINY, s.length(), DType.F32);
        List<Param> matrices = m.params().params().values().stream()
                .filter(p -> p.spec().shape().rank() >= 2)
                .toList();
        if (in == null || out == null || !in.axes().equals(out.axes()) || matrices.isEmpty()) {
            return "not applicable to this signature";
        }
        matrices.forEach(p -> p.set(Tensor.zeros(p.spec())));
        Tensors x = s.example(2, s.length(), DType.F32);
        Tensor y = s.run(m, x).get(out.name());
        boolean handsThrough = Errors.relative(y, x.get(in.name())) < 1e-5;
        boolean owns = s.contract().ownsResidual();
        Expect.isTrue(
                handsThrough == owns,
                owns
                        ? "the layer is declared to own its residual, but with zero weights its output is not its input"
                        : "with zero weights the output is the input: the layer owns a residual that is not declared");
        return owns ? "owned" : "left to the host";
    }

    private String deployed() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        if (m.layer().deployed() == m.layer()) {
            return "the same";
        }
        Tensors in = s.example(2, s.length(), DType.F32);
        double e =
                Expect.close("deployed form", s.run(m.with(m.layer().deployed()), in), s.run(m, in), 10 * Expect.F32);
        return "relative error " + e;
    }
}
