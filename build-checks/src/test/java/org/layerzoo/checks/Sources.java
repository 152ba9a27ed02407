package org.layerzoo.checks;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Sizes of Java sources in lines that are neither blank nor only comment, measured with the compiler's own parser. */
final class Sources {
    private Sources() {}

    /**
     * A top-level type or a method.
     *
     * @param lines lines of code
     * @param signature result and parameters of a method that is not inside another one, as written
     */
    record Unit(Path file, String name, int lines, String signature) {
        Unit(Path file, String name, int lines) {
            this(file, name, lines, "");
        }
    }

    /** The types and methods of some files. */
    record Measured(List<Unit> types, List<Unit> methods) {}

    static Measured measure(List<Path> files) {
        List<Unit> types = new ArrayList<>();
        List<Unit> methods = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            if (files.isEmpty()) {
                return new Measured(types, methods);
            }
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                Path file = Path.of(unit.getSourceFile().toUri());
                boolean[] code = codeLines(Checkout.read(file));
                Measure measure = new Measure(unit, file, positions, code, types, methods);
                unit.getTypeDecls().forEach(type -> measure.topLevel(type));
            }
            return new Measured(types, methods);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For each line (from 1) whether it holds anything but space and comments; text in string literals counts as code. */
    static boolean[] codeLines(String text) {
        boolean[] code = new boolean[text.split("\n", -1).length + 1];
        int line = 1;
        int i = 0;
        while (i < text.length()) {
            int end = i + 1;
            if (text.startsWith("/*", i)) {
                int close = text.indexOf("*/", i + 2);
                end = close < 0 ? text.length() : close + 2;
            } else if (text.startsWith("//", i)) {
                int newline = text.indexOf('\n', i);
                end = newline < 0 ? text.length() : newline;
            } else if (text.charAt(i) == '"' || text.charAt(i) == '\'') {
                end = literalEnd(text, i);
                int last = line + newlines(text, i, end);
                for (int l = line; l <= last; l++) {
                    code[l] = true;
                }
            } else if (!Character.isWhitespace(text.charAt(i))) {
                code[line] = true;
            }
            line += newlines(text, i, end);
            i = end;
        }
        return code;
    }

    private static int literalEnd(String text, int start) {
        String quote = text.startsWith("\"\"\"", start) ? "\"\"\"" : text.substring(start, start + 1);
        int i = start + quote.length();
        while (i < text.length() && !text.startsWith(quote, i)) {
            i += text.charAt(i) == '\\' ? 2 : 1;
        }
        return Math.min(text.length(), i + quote.length());
    }

    private static int newlines(String text, int from, int to) {
        return (int) text.substring(from, to).chars().filter(c -> c == '\n').count();
    }

    private static final class Measure extends TreeScanner<Void, String> {
        private final CompilationUnitTree unit;
        private final Path file;
        private final SourcePositions positions;
        private final boolean[] code;
        private final List<Unit> types;
        private final List<Unit> methods;
        private int depth;

        Measure(
                CompilationUnitTree unit,
                Path file,
                SourcePositions positions,
                boolean[] code,
                List<Unit> types,
                List<Unit> methods) {
            this.unit = unit;
            this.file = file;
            this.positions = positions;
            this.code = code;
            this.types = types;
            this.methods = methods;
        }

        void topLevel(Tree tree) {
            if (tree instanceof ClassTree type) {
                types.add(new Unit(file, type.getSimpleName().toString(), lines(tree)));
                scan(tree, "");
            }
        }

        @Override
        public Void visitClass(ClassTree type, String outer) {
            String name = outer.isEmpty() ? type.getSimpleName().toString() : outer + "." + type.getSimpleName();
            return super.visitClass(type, name);
        }

        @Override
        public Void visitMethod(MethodTree method, String type) {
            if (method.getBody() != null) {
                String signature =
                        depth > 0 ? "" : method.getReturnType() + " " + method.getName() + method.getParameters();
                methods.add(new Unit(file, type + "." + method.getName(), lines(method), signature));
            }
            depth++;
            super.visitMethod(method, type);
            depth--;
            return null;
        }

        private int lines(Tree tree) {
            LineMap map = unit.getLineMap();
            long start = positions.getStartPosition(unit, tree);
            long end = positions.getEndPosition(unit, tree);
            int count = 0;
            for (long line = map.getLineNumber(start); line <= map.getLineNumber(end); line++) {
                count += code[(int) line] ? 1 : 0;
            }
            return count;
        }
    }
}
