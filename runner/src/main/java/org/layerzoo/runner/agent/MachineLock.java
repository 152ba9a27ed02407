package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Lets measurements have the machine for themselves: they lock a file alone, other jobs share it. */
final class MachineLock implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final FileChannel channel;

    private MachineLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits for the lock; empty when it was given up.
     *
     * @param file lock file, one a machine
     * @param alone whether nobody else may hold it
     * @param givenUp asked while waiting
     */
    static Optional<MachineLock> acquire(Path file, boolean alone, BooleanSupplier givenUp)
            throws IOException, InterruptedException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            while (!held && !givenUp.getAsBoolean()) {
                held = tryLock(channel, alone);
                if (!held) {
                    Thread.sleep(PAUSE);
                }
            }
            return held ? Optional.of(new MachineLock(channel)) : Optional.empty();
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    private static boolean tryLock(FileChannel channel, boolean alone) throws IOException {
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, !alone);
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false; // another agent in this JVM has it
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
