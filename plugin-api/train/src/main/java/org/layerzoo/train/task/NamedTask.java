package org.layerzoo.train.task;

import org.layerzoo.core.spi.TaskProvider;

/** A task's name and configuration, said once. */
public abstract class NamedTask<C extends Record> implements TaskProvider<C> {
    private final String name;
    private final Class<C> config;

    protected NamedTask(String name, Class<C> config) {
        this.name = name;
        this.config = config;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Class<C> config() {
        return config;
    }
}
