package org.layerzoo.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleScanTest {
    @TempDir
    private Path folder;

    private FakeModule module;

    @BeforeEach
    void createModule() {
        module = new FakeModule(folder);
    }

    private String problem() {
        return assertThrows(BuildException.class, module::papers).getMessage();
    }

    @Test
    void aModuleWithoutPapersGivesNone() {
        assertEquals(List.of(), module.papers());
    }

    @Test
    void eachPaperGetsItsOwnFilesAtTheirPlaces() {
        module.paper("mamba")
                .paper("mamba-360")
                .type("org.layerzoo.plugins.mamba.check.Check1", "public class Check1 {}")
                .resource("mamba/kernels/scan.ptx", "ptx")
                .resource("org/layerzoo/plugins/mamba/table.bin", "table")
                .golden("mamba/layer-t21.safetensors", "numbers");
        List<Paper> papers = module.papers();
        assertEquals(
                List.of("mamba", "mamba-360"), papers.stream().map(Paper::slug).toList());
        assertEquals(
                Set.of(
                        "META-INF/layerzoo/golden/layer-t21.safetensors",
                        "README.md",
                        "card.yaml",
                        "kernels/scan.ptx",
                        "org/layerzoo/plugins/mamba/Provider.class",
                        "org/layerzoo/plugins/mamba/check/Check1.class",
                        "org/layerzoo/plugins/mamba/table.bin"),
                papers.get(0).files().keySet());
        assertEquals(
                Set.of("README.md", "card.yaml", "org/layerzoo/plugins/mamba360/Provider.class"),
                papers.get(1).files().keySet());
    }

    @Test
    void extensionsAreFoundInTheClassFilesNotInAnIndex() {
        module.paper("mamba")
                .type("org.layerzoo.plugins.mamba.Helper", "public class Helper {}")
                .type("org.layerzoo.plugins.mamba.Another", "@org.pf4j.Extension public class Another {}")
                .resource("META-INF/extensions.idx", "org.layerzoo.plugins.mamba.Stale\n");
        assertEquals(
                List.of("org.layerzoo.plugins.mamba.Another", "org.layerzoo.plugins.mamba.Provider"),
                module.papers().get(0).extensions());
    }

    @Test
    void aPluginClassIsFoundAndOtherwiseItIsPf4jsOwn() {
        module.paper("mamba").paper("deltanet");
        module.type("org.layerzoo.plugins.mamba.MambaPlugin", "public class MambaPlugin extends org.pf4j.Plugin {}");
        assertEquals(
                List.of("org.pf4j.Plugin", "org.layerzoo.plugins.mamba.MambaPlugin"),
                module.papers().stream().map(Paper::pluginClass).toList());
    }

    @Test
    void aContributorNamesAnyPackageAndVersion() {
        module.resource("my-mixer/card.yaml", "title: x")
                .resource("my-mixer/README.md", "x")
                .resource("my-mixer/plugin.properties", "plugin.package=com.example.mixer\nplugin.version=2.1.0-rc.1\n")
                .type("com.example.mixer.MyProvider", "@org.pf4j.Extension public class MyProvider {}");
        Paper paper = module.papers().get(0);
        assertEquals("com.example.mixer", paper.basePackage());
        assertEquals("my-mixer-2.1.0-rc.1.jar", paper.jarName());
    }

    @Test
    void aClassThatBelongsToNoPaperIsNamedWithThePapersThereAre() {
        module.paper("mamba").type("org.layerzoo.plugins.shared.Useful", "public class Useful {}");
        String problem = problem();
        assertTrue(problem.startsWith("org/layerzoo/plugins/shared/Useful.class belongs to no paper"), problem);
        assertTrue(problem.contains("mamba (org.layerzoo.plugins.mamba)"), problem);
    }

    @Test
    void aPackageWithoutACardIsReportedOnce() {
        module.type("org.layerzoo.plugins.mamba.Layer", "public class Layer {}")
                .type("org.layerzoo.plugins.mamba.Provider", "public class Provider {}");
        String problem = problem();
        assertTrue(
                problem.startsWith("org/layerzoo/plugins/mamba/Layer.class and 1 more of its folder belong to no paper;"
                        + " papers here: none"),
                problem);
    }

    @Test
    void aResourceOutsideThePapersBelongsToNoPaper() {
        module.paper("mamba").resource("notes.txt", "x");
        assertTrue(problem().startsWith("notes.txt belongs to no paper"));
    }

    @Test
    void aPaperThatUsesAnotherPapersClassIsRefused() {
        module.paper("mamba").paper("deltanet");
        module.type(
                "org.layerzoo.plugins.deltanet.Thief",
                "class Thief { Object take() { return new org.layerzoo.plugins.mamba.Provider[0]; } }");
        assertTrue(problem()
                .startsWith("org.layerzoo.plugins.deltanet.Thief of deltanet uses org.layerzoo.plugins.mamba.Provider"
                        + " of mamba"));
    }

    @Test
    void missingPartsAreReportedTogether() {
        module.resource("mamba/card.yaml", "title: x").golden("nobody/case.json", "{}");
        String problem = problem();
        assertTrue(problem.startsWith("3 problems:"), problem);
        assertTrue(problem.contains("golden file nobody/case.json belongs to no paper"), problem);
        assertTrue(problem.contains("mamba has no README.md"), problem);
        assertTrue(problem.contains("no class in package org.layerzoo.plugins.mamba"), problem);
    }

    @Test
    void aPaperWithoutExtensionIsRefused() {
        module.resource("mamba/card.yaml", "title: x")
                .resource("mamba/README.md", "x")
                .type("org.layerzoo.plugins.mamba.Provider", "public class Provider {}");
        assertTrue(problem().startsWith("mamba has no class with @org.pf4j.Extension"));
    }

    @Test
    void aVersionThatIsNotSemanticIsRefused() {
        module.paper("mamba").resource("mamba/plugin.properties", "plugin.version=1.0\n");
        assertEquals("mamba has version 1.0; expected SemVer such as 0.1.0", problem());
    }

    @Test
    void aFolderNameThatIsNoPluginIdIsRefused() {
        module.resource("Mamba_2/card.yaml", "title: x");
        assertTrue(problem().contains("folder Mamba_2/ holds a card.yaml but its name is no plugin id"));
    }

    @Test
    void resourcesCannotReplaceWhatThePackagerWrites() {
        module.paper("mamba").resource("mamba/META-INF/layerzoo/plugin.json", "{}");
        assertTrue(problem().contains("would overwrite META-INF/layerzoo/plugin.json"));
    }

    @Test
    void aDamagedClassFileIsNamed() {
        module.paper("mamba").resource("org/layerzoo/plugins/mamba/Broken.class", "not a class");
        assertTrue(problem().startsWith("org/layerzoo/plugins/mamba/Broken.class is not a class file"));
    }

    @Test
    void compiledKernelsGoToThePaperWhoseSlugTheirNamesBeginWith() {
        String folder = "META-INF/layerzoo/kernels/";
        module.paper("mamba")
                .paper("mamba-360")
                .resource(folder + "mamba_scan.f32.ptx", "ptx")
                .resource(folder + "mamba_360_scan.f32.spv", "spv");
        List<Paper> papers = module.papers();
        assertTrue(papers.get(0).files().containsKey(folder + "mamba_scan.f32.ptx"));
        assertTrue(papers.get(1).files().containsKey(folder + "mamba_360_scan.f32.spv"));
        assertEquals(3 + 1, papers.get(0).files().size());
        assertEquals(3 + 1, papers.get(1).files().size());
    }

    @Test
    void aCompiledKernelOfNoPaperIsNamed() {
        module.paper("mamba").resource("META-INF/layerzoo/kernels/scan.f32.ptx", "ptx");
        assertEquals(
                "compiled kernel scan.f32.ptx belongs to no paper; expected a source whose name begins with mamba_",
                problem());
    }
}
