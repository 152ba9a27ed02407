package org.layerzoo.runner.agent;

import java.time.Duration;
import org.layerzoo.runner.child.ChildJvm;

/** The agent as a process of its own; see {@link AgentOptions} for its options. */
public final class AgentMain {
    private static final int BAD_USAGE = 2;
    private static final int UNABLE = 3;
    private static final Duration FAREWELL = Duration.ofSeconds(15);

    private AgentMain() {}

    /** Works until TERM or INT, then cancels its job and exits; 2 = bad usage, 3 = could not work. */
    public static void main(String[] arguments) {
        AgentOptions options;
        try {
            options = AgentOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(BAD_USAGE);
            return;
        }
        int exit = work(options);
        if (exit != 0) {
            // not by exit: the hook waits for this thread, and there is nothing left to clean
            Runtime.getRuntime().halt(exit);
        }
    }

    /** Works until this JVM is told to end; the exit code says why it ended earlier. */
    public static int work(AgentOptions options) {
        Agent agent;
        try {
            agent = new Agent(options, ChildJvm.current(), line -> System.err.println("runner: " + line));
        } catch (IllegalArgumentException e) {
            System.err.println("runner: " + e.getMessage());
            return BAD_USAGE;
        }
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> farewell(agent, main), "agent-stop"));
        if (options.exitWithParent()) {
            ProcessHandle.current()
                    .parent()
                    .ifPresentOrElse(parent -> parent.onExit().thenRun(agent::stop), agent::stop);
        }
        try {
            agent.run();
            return 0;
        } catch (Agent.UnableException e) {
            System.err.println("runner: " + e.getMessage());
            return UNABLE;
        }
    }

    private static void farewell(Agent agent, Thread main) {
        agent.stop();
        try {
            main.join(FAREWELL);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
