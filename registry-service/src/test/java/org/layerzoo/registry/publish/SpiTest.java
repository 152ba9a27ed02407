package org.layerzoo.registry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The service takes the SPI's version from core when it is compiled, and runs without core. */
class SpiTest {
    @Test
    void noClassOfTheServiceReadsOrCallsTheSpi() throws Exception {
        List<Path> classes = classes();
        assertThat(classes).hasSizeGreaterThan(100);
        for (Path file : classes) {
            for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                if (entry instanceof MemberRefEntry member) {
                    assertThat(member.owner().asInternalName())
                            .as(file.toString())
                            .doesNotStartWith("org/layerzoo/core/");
                }
            }
        }
    }

    private static List<Path> classes() throws URISyntaxException, IOException {
        Path root = Path.of(UploadCheck.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }
}
