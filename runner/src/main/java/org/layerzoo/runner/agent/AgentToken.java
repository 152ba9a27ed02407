package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The token with which an agent speaks to its registry; scope {@code run}. */
public sealed interface AgentToken {
    /** Reads the token. */
    String read() throws RegistryException.Denied;

    /**
     * A file whose first line is the token. It is read anew for each request, so that a token can be replaced while the agent runs.
     *
     * @param file the file
     */
    record InFile(Path file) implements AgentToken {
        @Override
        public String read() throws RegistryException.Denied {
            try {
                return checked("the token file " + file, Files.readString(file));
            } catch (IOException e) {
                throw new RegistryException.Denied("the token file " + file + " cannot be read: " + e.getMessage());
            }
        }
    }

    /**
     * The token itself.
     *
     * @param token its text
     */
    record Given(String token) implements AgentToken {
        @Override
        public String read() throws RegistryException.Denied {
            return checked("the token", token);
        }

        /** Nothing that is logged may hold the token. */
        @Override
        public String toString() {
            return "a token";
        }
    }

    private static String checked(String where, String text) throws RegistryException.Denied {
        String token = text.strip();
        if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new RegistryException.Denied(where + " must hold one token and nothing else");
        }
        return token;
    }
}
