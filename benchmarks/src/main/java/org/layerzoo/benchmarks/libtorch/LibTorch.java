package org.layerzoo.benchmarks.libtorch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/** The LibTorch of this process. It never fetches anything: its library comes out of a jar on the class path. */
public final class LibTorch {
    private static final LibTorch INSTANCE = new LibTorch();

    private final Engine engine;
    private final PtNDManager manager;

    private LibTorch() {
        System.setProperty("ai.djl.offline", "true");
        if (System.getProperty("DJL_CACHE_DIR") == null) {
            System.setProperty("DJL_CACHE_DIR", unpacked().toString());
        }
        engine = Engine.getEngine("PyTorch");
        manager = (PtNDManager) engine.newBaseManager();
        // Code that is no module of parameters has nothing to freeze, and its profiling executor needs gradient mode
        // told.
        JniUtils.setGradMode(false);
    }

    /** @throws ZooException NO_BACKEND when its library cannot be loaded on this machine */
    public static LibTorch open() {
        try {
            return INSTANCE;
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            throw new ZooException(ErrorCode.NO_BACKEND, "LibTorch cannot be loaded: " + why, e);
        }
    }

    /** Beside the jars, so that the library is unpacked once; where that can't be written, a temporary folder. */
    private static Path unpacked() {
        try {
            Path jar = Path.of(LibTorch.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path folder = jar.resolveSibling("libtorch");
            Files.createDirectories(folder);
            return Files.isWritable(folder) ? folder : Files.createTempDirectory("libtorch");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public String version() {
        return engine.getVersion();
    }

    /** Threads of one operator; the calling thread counts. */
    public void threads(int n) {
        JniUtils.setNumThreads(n);
    }

    /**
     * A program over tensors, which are copied.
     *
     * @param body TorchScript statements that read {@code x[0]}, {@code x[1]}, ... and return a list of tensors
     * @throws ZooException BAD_ARGUMENT when it does not compile
     */
    public Script script(String body, List<Tensor> inputs) {
        return compiled(body, inputs, 0);
    }

    /**
     * The same with gradients.
     *
     * @param wrt that many of the first inputs want gradients, which the body computes by {@code torch.grad}
     */
    public Script differentiated(String body, List<Tensor> inputs, int wrt) {
        return compiled(body, inputs, wrt);
    }

    private Script compiled(String body, List<Tensor> inputs, int wrt) {
        PtNDManager own = manager.newSubManager(manager.getDevice());
        try {
            return new Script(own, block(own, body), inputs, wrt);
        } catch (ZooException e) {
            own.close();
            throw e;
        }
    }

    /** A compiled program without inputs. */
    static PtSymbolBlock block(PtNDManager own, String body) {
        try {
            return JniUtils.loadModule(own, new ByteArrayInputStream(Archive.of(body)), false, false);
        } catch (EngineException e) {
            throw new ZooException(ErrorCode.BAD_ARGUMENT, "LibTorch does not take the program: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
