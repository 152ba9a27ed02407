package org.layerzoo.runner.agent;

import java.io.IOException;

/** A call to the registry that did not succeed, by what the agent can do about it. */
abstract sealed class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    private RegistryException(String message) {
        super(message);
    }

    /** The registry is away or overloaded: try again later. */
    static final class Unavailable extends RegistryException {
        private static final long serialVersionUID = 1L;

        Unavailable(String message) {
            super(message);
        }
    }

    /** The job is no longer this agent's: stop and forget it. */
    static final class LeaseLost extends RegistryException {
        private static final long serialVersionUID = 1L;

        LeaseLost(String message) {
            super(message);
        }
    }

    /** The token is unknown or lacks the scope: nothing will work. */
    static final class Denied extends RegistryException {
        private static final long serialVersionUID = 1L;

        Denied(String message) {
            super(message);
        }
    }

    /** The registry does not accept this request and will not the next time either. */
    static final class Rejected extends RegistryException {
        private static final long serialVersionUID = 1L;

        Rejected(String message) {
            super(message);
        }
    }
}
