package org.layerzoo.figures;

import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Counts what {@link CountsCases} names. A case that failed or was skipped leaves no figures, so a table never shows half a run. */
final class CaseCounter implements BeforeAllCallback, InvocationInterceptor, AfterAllCallback {
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private Figures figures;

    @Override
    public void beforeAll(ExtensionContext context) {
        Class<?> test = context.getRequiredTestClass();
        figures = Figures.of(test, test.getAnnotation(CountsCases.class).value());
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        count(test);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        count(test);
    }

    @Override
    public void interceptDynamicTest(
            Invocation<Void> test, DynamicTestInvocationContext dynamic, ExtensionContext context) throws Throwable {
        count(test);
    }

    private void count(Invocation<Void> test) throws Throwable {
        begun.incrementAndGet();
        test.proceed();
        held.incrementAndGet();
    }

    boolean allHeld() {
        return held.get() > 0 && held.get() == begun.get();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (allHeld()) {
            figures.with("cases that held", held.get()).done();
        }
    }
}
