package org.layerzoo.runner.child;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** One frame on the pipe between a runner and its child, as JSON with its kind in {@code type}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Start.class, name = "start"),
    @JsonSubTypes.Type(value = Message.Cancel.class, name = "cancel"),
    @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = Message.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = Message.Log.class, name = "log"),
    @JsonSubTypes.Type(value = Message.Announcement.class, name = "announcement"),
    @JsonSubTypes.Type(value = Message.Result.class, name = "result"),
    @JsonSubTypes.Type(value = Message.Failure.class, name = "problem")
})
sealed interface Message {
    /** To the child: read job.json in the working directory and run it. */
    record Start() implements Message {}

    /** To the child: end the job. */
    record Cancel() implements Message {}

    /** From the child, once, first: its JVM is up. */
    record Hello(long pid, String java) implements Message {
        public Hello {
            Objects.requireNonNull(java, "java");
        }
    }

    record Progress(double fraction, String message) implements Message {
        public Progress {
            Objects.requireNonNull(message, "message");
            if (!(fraction >= 0 && fraction <= 1)) {
                throw new IllegalArgumentException("progress must lie in 0..1, not " + fraction);
            }
        }
    }

    /** What the job says about itself while it goes on. */
    record Announcement(JsonNode json) implements Message {
        public Announcement {
            Objects.requireNonNull(json, "json");
        }
    }

    /** One line for the log. */
    record Log(String line) implements Message {
        public Log {
            Objects.requireNonNull(line, "line");
        }
    }

    /** The job's result; files are relative to the job folder, with '/' between names. */
    record Result(JsonNode json, List<String> files) implements Message {
        public Result {
            Objects.requireNonNull(json, "json");
            files = List.copyOf(files);
        }
    }

    /** The job ended without a result. */
    record Failure(Problem problem) implements Message {
        public Failure {
            Objects.requireNonNull(problem, "problem");
        }
    }
}
