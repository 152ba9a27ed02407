package org.layerzoo.benchmarks.jmh;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Role;
import org.layerzoo.core.config.Roles;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.cpuvector.Workers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Forward passes of the plugins' layers: {@code ./zoo peers jmh Layers -p plugin=mamba -p length=4096}. Plugins come from the folder in
 * the system property {@code zoo.plugins}, which the launcher sets.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class Layers {
    @Param({"flash-attention-2", "deltanet", "mamba"})
    String plugin;

    @Param("1024")
    int length;

    @Param("256")
    int dim;

    @Param("1")
    int threads;

    private Plugins plugins;
    private Model model;
    private Tensors inputs;

    /** Builds the layer and its example inputs. */
    @Setup
    public void prepare() {
        Workers.threads(threads);
        Path folder = Path.of(System.getProperty("zoo.plugins", "build/plugins"));
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException(
                    "-Dzoo.plugins must be a folder with plugins, given " + folder.toAbsolutePath());
        }
        plugins = Plugins.in(List.of(folder));
        if (plugins.plugin(plugin).provider("") instanceof LayerProvider<?> p) {
            build(p);
        } else {
            throw new IllegalStateException(plugin + " is no layer");
        }
    }

    private <C extends Record> void build(LayerProvider<C> p) {
        C config = p.defaults(Size.TEST);
        for (String path : Roles.paths(config.getClass(), Role.Kind.DIM)) {
            config = Configs.set(config, java.util.Map.of(path, Integer.toString(dim)));
        }
        C sized = p.atLength(config, length);
        model = Models.build(plugin, p, sized, plugins.options(0, DType.F32));
        inputs = p.example(
                sized, new Scale(1, length, DType.F32), Draws.seeded(0).at("bench"));
    }

    /** Lets the plugins' class loaders go. */
    @TearDown
    public void close() {
        plugins.close();
    }

    /** One forward pass, whose results are freed. */
    @Benchmark
    public void forward() {
        TensorScope.run(() -> model.forward(inputs, Call.eval()).ready());
    }
}
