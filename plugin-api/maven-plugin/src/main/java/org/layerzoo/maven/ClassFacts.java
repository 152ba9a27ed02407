package org.layerzoo.maven;

import java.util.SortedSet;
import java.util.TreeSet;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/**
 * What the packager needs to know of a class, read from its file without loading it.
 *
 * @param name binary name, e.g. {@code org.layerzoo.plugins.mamba.MambaProvider}
 * @param superName binary name of the superclass
 * @param extension whether it carries {@code @org.pf4j.Extension}
 * @param references binary names of the classes it mentions, its own among them
 */
record ClassFacts(String name, String superName, boolean extension, SortedSet<String> references) {

    /** @throws BuildException when the bytes are not a class file this version can read */
    static ClassFacts read(byte[] classFile, String path) {
        try {
            ClassReader reader = new ClassReader(classFile);
            Names names = new Names();
            Marker marker = new Marker(new ClassRemapper(new ClassWriter(0), names));
            reader.accept(marker, ClassReader.SKIP_FRAMES);
            return new ClassFacts(
                    binary(reader.getClassName()),
                    reader.getSuperName() == null ? "" : binary(reader.getSuperName()),
                    marker.extension,
                    names.seen);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new BuildException(path + " is not a class file that can be read: " + e.getMessage(), e);
        }
    }

    private static String binary(String internal) {
        return internal.replace('/', '.');
    }

    private static final class Names extends Remapper {
        private final SortedSet<String> seen = new TreeSet<>();

        Names() {
            super(Opcodes.ASM9);
        }

        @Override
        public String map(String internalName) {
            seen.add(binary(internalName));
            return internalName;
        }
    }

    private static final class Marker extends ClassVisitor {
        private boolean extension;

        Marker(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
            extension |= descriptor.equals("Lorg/pf4j/Extension;");
            return super.visitAnnotation(descriptor, visible);
        }
    }
}
