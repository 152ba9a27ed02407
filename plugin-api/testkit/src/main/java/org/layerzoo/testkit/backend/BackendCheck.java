package org.layerzoo.testkit.backend;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;

/**
 * Runs core's case tables on one backend and prints what failed, what was refused and the counts; a program of its own, so that it runs on
 * a machine that has a device and nothing else: {@code BackendCheck cuda [filter]}.
 */
public final class BackendCheck {
    private static final long SEED = 7;

    private BackendCheck() {}

    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println(
                    "the name of a backend expected, e.g. cuda or oneapi:opencl, and after it nothing or a text that"
                            + " the cases' names contain");
            System.exit(2);
        }
        try {
            System.exit(run(args[0], args.length > 1 ? args[1] : ""));
        } catch (ZooException e) {
            System.err.println(e.getMessage());
            System.exit(e.code().exitCode());
        }
    }

    private static int run(String name, String filter) {
        Backend backend = Dispatcher.backend(name);
        List<BackendCases.Line> lines = new ArrayList<>(BackendCases.primitives());
        lines.addAll(BackendCases.fused());
        int passed = 0;
        int failed = 0;
        int refused = 0;
        for (BackendCases.Line line : lines) {
            if (!line.toString().contains(filter)) {
                continue;
            }
            String said;
            try {
                BackendCases.Outcome o = BackendCases.check(backend, line, SEED);
                said = o.toString();
                if (o.refusal().isPresent()) {
                    refused++;
                } else if (o.passed()) {
                    passed++;
                    continue;
                } else {
                    failed++;
                }
            } catch (RuntimeException e) {
                failed++;
                said = line + ": FAILED, " + e;
            }
            System.out.println(said);
        }
        System.out.println(passed + " passed, " + failed + " failed, " + refused + " refused");
        return failed == 0 && passed > 0 ? 0 : 1;
    }
}
