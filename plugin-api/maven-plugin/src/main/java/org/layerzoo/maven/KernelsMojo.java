package org.layerzoo.maven;

import java.io.File;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Checks that the compiled GPU kernels in a module's resources are what its sources give; with {@code -Dzoo.kernels.compile} it compiles
 * them first, which needs the compilers. Builds without compilers use what is checked in.
 */
@Mojo(name = "kernels", defaultPhase = LifecyclePhase.PREPARE_PACKAGE, threadSafe = true)
public final class KernelsMojo extends AbstractMojo {
    @Parameter(defaultValue = "${project.basedir}/src/main/kernels")
    private File sources;

    @Parameter(defaultValue = "${project.basedir}/src/main/resources/META-INF/layerzoo/kernels")
    private File compiled;

    @Parameter(property = "zoo.kernels.compile", defaultValue = "false")
    private boolean compile;

    @Override
    public void execute() throws MojoFailureException {
        try {
            Kernels kernels = new Kernels(sources.toPath(), compiled.toPath());
            if (compile) {
                kernels.compile(System.getenv(), getLog()::info);
            }
            List<String> stale = kernels.stale();
            if (!stale.isEmpty()) {
                throw new MojoFailureException("compiled kernels in " + compiled + " are stale:\n  "
                        + String.join("\n  ", stale)
                        + "\nCompile them with: mvn layerzoo:kernels -Dzoo.kernels.compile, and check the result in");
            }
        } catch (BuildException | UncheckedIOException e) {
            throw new MojoFailureException(e.getMessage(), e);
        }
    }
}
