package org.layerzoo.checks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The arrows between the parts of the house, checked on compiled classes; each rule is shown to notice a planted offender. */
class ArrowsTest {
    private static final String[] PLUGIN_API = {
        "org.layerzoo.core..",
        "org.layerzoo.nn..",
        "org.layerzoo.train..",
        "org.layerzoo.data..",
        "org.layerzoo.metrics..",
        "org.layerzoo.report..",
        "org.layerzoo.testkit.."
    };
    private static final String[] ABOVE_PLUGIN_API = {
        "org.layerzoo.plugins..",
        "org.layerzoo.cpuvector..",
        "org.layerzoo.kernels..",
        "org.layerzoo.cuda..",
        "org.layerzoo.oneapi..",
        "org.layerzoo.runner..",
        "org.layerzoo.registry..",
        "org.layerzoo.cli..",
        "org.springframework..",
        "jdk.incubator.vector.."
    };

    private static final ArchRule PLUGIN_API_STANDS_ALONE = noClasses()
            .that()
            .resideInAnyPackage(PLUGIN_API)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ABOVE_PLUGIN_API)
            .because("plugin-api knows no backend, no Spring and no plugin")
            .allowEmptyShould(true);
    private static final ArchRule PAPERS_STAND_ALONE = slices().matching("org.layerzoo.plugins.(*)..")
            .should()
            .notDependOnEachOther()
            .because("each paper's jar is loaded alone; what papers share belongs to nn")
            .allowEmptyShould(true);
    private static final ArchRule PLUGINS_KNOW_THE_SPI_ONLY = noClasses()
            .that()
            .resideInAPackage("org.layerzoo.plugins..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.layerzoo.cpuvector..",
                    "org.layerzoo.kernels..",
                    "org.layerzoo.cuda..",
                    "org.layerzoo.oneapi..",
                    "org.layerzoo.runner..",
                    "org.layerzoo.registry..",
                    "org.layerzoo.cli..",
                    "org.springframework..",
                    "org.junit..",
                    "jdk.incubator.vector..")
            .because("a plugin compiles against plugin-api and nothing else; its checks run without JUnit")
            .allowEmptyShould(true);
    private static final ArchRule BACKENDS_KNOW_CORE_ONLY = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.layerzoo.cpuvector..",
                    "org.layerzoo.kernels..",
                    "org.layerzoo.cuda..",
                    "org.layerzoo.oneapi..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.layerzoo.nn..",
                    "org.layerzoo.train..",
                    "org.layerzoo.testkit..",
                    "org.layerzoo.plugins..",
                    "org.layerzoo.runner..",
                    "org.layerzoo.registry..",
                    "org.layerzoo.cli..")
            .because("a backend executes ops and knows who calls it as little as core does")
            .allowEmptyShould(true);
    private static final ArchRule RUNNER_KNOWS_NO_SERVICE = noClasses()
            .that()
            .resideInAPackage("org.layerzoo.runner..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.layerzoo.plugins..", "org.layerzoo.registry..", "org.layerzoo.cli..", "org.springframework..")
            .because("the runner loads plugins at run time and is used by service and command line, not the other way")
            .allowEmptyShould(true);

    private static JavaClasses classes;

    @BeforeAll
    static void importCompiledModules() {
        List<Path> folders = Checkout.files(path -> path.endsWith("pom.xml")).stream()
                .map(pom -> pom.resolveSibling("target/classes"))
                .filter(Files::isDirectory)
                .toList();
        classes = new ClassFileImporter().importPaths(folders);
    }

    @Test
    void pluginApiKnowsNoBackendNoSpringAndNoPlugin() {
        assertTrue(classes.stream().anyMatch(type -> type.getPackageName().startsWith("org.layerzoo.core")));
        PLUGIN_API_STANDS_ALONE.check(classes);
    }

    @Test
    void noPaperImportsAnotherPaper() {
        PAPERS_STAND_ALONE.check(classes);
    }

    @Test
    void pluginsCompileAgainstPluginApiOnly() {
        PLUGINS_KNOW_THE_SPI_ONLY.check(classes);
    }

    @Test
    void backendsKnowCoreOnly() {
        BACKENDS_KNOW_CORE_ONLY.check(classes);
    }

    @Test
    void theRunnerKnowsNeitherServiceNorCommandLineNorPlugins() {
        RUNNER_KNOWS_NO_SERVICE.check(classes);
    }

    @Test
    void eachRuleNoticesAPlantedOffender(@TempDir Path folder) throws Exception {
        Path sources = Files.createDirectories(folder.resolve("sources"));
        write(sources, "org.layerzoo.plugins.mamba", "Mamba", "");
        write(sources, "org.layerzoo.registry", "Service", "");
        write(sources, "org.layerzoo.core", "Bad", "org.layerzoo.plugins.mamba.Mamba m;");
        write(sources, "org.layerzoo.plugins.deltanet", "Bad", "org.layerzoo.plugins.mamba.Mamba m;");
        write(sources, "org.layerzoo.plugins.urpe", "Bad", "org.layerzoo.registry.Service s;");
        write(sources, "org.layerzoo.cpuvector", "Bad", "org.layerzoo.registry.Service s;");
        write(sources, "org.layerzoo.runner", "Bad", "org.layerzoo.registry.Service s;");
        Path compiled = Files.createDirectories(folder.resolve("classes"));
        try (Stream<Path> files = Files.walk(sources)) {
            Stream<String> options = Stream.of("-proc:none", "-d", compiled.toString());
            Stream<String> paths = files.filter(Files::isRegularFile).map(Path::toString);
            String[] arguments = Stream.concat(options, paths).toArray(String[]::new);
            assertTrue(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments) == 0);
        }
        JavaClasses planted = new ClassFileImporter().importPath(compiled);
        for (ArchRule rule : List.of(
                PLUGIN_API_STANDS_ALONE,
                PAPERS_STAND_ALONE,
                PLUGINS_KNOW_THE_SPI_ONLY,
                BACKENDS_KNOW_CORE_ONLY,
                RUNNER_KNOWS_NO_SERVICE)) {
            assertThrows(AssertionError.class, () -> rule.check(planted), rule.getDescription());
        }
    }

    private static void write(Path sources, String packageName, String name, String member) throws Exception {
        Path file = sources.resolve(packageName.replace('.', '/')).resolve(name + ".java");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "package " + packageName + "; public class " + name + " { " + member + " }");
    }
}
